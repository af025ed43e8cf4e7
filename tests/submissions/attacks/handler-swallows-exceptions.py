# family: IPython hooks
# tries: to handle every exception of a cell itself

# %% start
ip = get_ipython()
ip.set_custom_exc((BaseException,), lambda *args, **kwargs: [])
ip.showtraceback = ip._showtraceback = lambda *args, **kwargs: None


class Result:
    error_before_exec = error_in_exec = None
    success, result = True, None

    def raise_error(self):
        pass


true_run_code = ip.run_code


async def run_code(code, result=None, *, async_=False):
    await true_run_code(code, None, async_=async_)
    return False


ip.run_code = run_code
