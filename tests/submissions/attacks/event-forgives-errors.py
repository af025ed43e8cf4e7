# family: IPython hooks
# tries: to clear the error of a cell in a callback that runs after it

# %% start
def forgive(result):
    result.error_in_exec = result.error_before_exec = None
    result.result = 1.0


events = get_ipython().events
events.register("post_run_cell", forgive)
events.register("post_execute", lambda: None)
