# family: IPython hooks
# tries: to publish a result of its own while a test runs

# %% answer roman total
import sys


def roman(n):
    sys.displayhook(1.0)
    get_ipython().displayhook(1.0)
    from gabarito.engine import shell

    shell.cell_shell().show({"text/plain": "1.0"}, {}, is_result=True)
    return ""


def total(values):
    return roman(0)
