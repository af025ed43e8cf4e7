# family: IPython hooks
# tries: to change the part of the grader that runs in the same process

# %% start
from gabarito.engine import shell, wire

true_run = shell.CellShell.run


def run(self, order):
    done = true_run(self, order)
    return wire.Done(done.count)


shell.CellShell.run = run
shell._failure = lambda raised, order, count, spent: wire.Done(count)
