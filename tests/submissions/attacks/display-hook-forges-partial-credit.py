# family: IPython hooks
# tries: to show a full score in place of the value of a cell

# %% start
import builtins
import sys

ip = get_ipython()
true_hook = ip.displayhook


class Generous:
    def __getattr__(self, name):
        return getattr(true_hook, name)

    def __call__(self, value=None):
        return true_hook(1.0)


ip.displayhook = sys.displayhook = Generous()
ip.display_trap.hook = ip.displayhook
