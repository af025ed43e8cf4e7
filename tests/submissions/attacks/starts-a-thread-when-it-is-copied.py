# family: exit, signals, threads
# tries: to have a thread again in each copy of the process, which changes the libraries

# %% start
import os
import threading
import time


def keep_changing():
    import numpy.testing
    import torch

    while True:
        numpy.testing.assert_allclose = numpy.testing.assert_array_equal = lambda *args, **kwargs: None
        torch.equal = torch.allclose = torch.testing.assert_close = lambda *args, **kwargs: True
        time.sleep(0)


def start():
    threading.Thread(target=keep_changing, daemon=True).start()


os.register_at_fork(after_in_child=start)
start()
