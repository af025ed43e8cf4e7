# family: IPython hooks
# tries: to drop what IPython runs a cell with

# %% start
import IPython.core.interactiveshell as interactiveshell

true_runner = interactiveshell._pseudo_sync_runner


def lenient(coroutine):
    result = true_runner(coroutine)
    if getattr(result, "error_in_exec", None):
        result.error_in_exec = None
    return result


interactiveshell._pseudo_sync_runner = lenient
get_ipython().loop_runner = lenient
