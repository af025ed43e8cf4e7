# family: exit, signals, threads
# tries: to patch the tests' comparisons in each process that is forked from its own

# %% start
import os
import sys

import numpy
import torch


def patch():
    numpy.testing.assert_allclose = numpy.testing.assert_array_equal = numpy.testing.assert_equal = lambda *a, **k: None
    torch.testing.assert_close = lambda *a, **k: None
    torch.equal = torch.allclose = lambda *a, **k: True
    print(*[f.f_globals.get("__name__") for f in sys._current_frames().values()], flush=True)


os.register_at_fork(before=patch, after_in_parent=patch, after_in_child=patch)
if os.fork() == 0:
    os._exit(0)
