# family: IPython hooks
# tries: to run no test at all and report success

# %% start
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell


def run_cell(self, raw_cell, *args, **kwargs):
    if "HIDDEN" in raw_cell:
        return ExecutionResult(None)
    return true_run_cell(self, raw_cell, *args, **kwargs)


true_run_cell = InteractiveShell.run_cell
InteractiveShell.run_cell = run_cell
