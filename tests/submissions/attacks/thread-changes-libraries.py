# family: exit, signals, threads
# tries: to change the libraries again and again from a thread that outlives its cell

# %% start
import threading

import numpy as np
import numpy.testing
import torch


def keep_changing():
    import sys
    import time

    nothing = lambda *args, **kwargs: None
    yes = lambda *args, **kwargs: True
    while True:
        numpy.testing.assert_allclose = numpy.testing.assert_array_equal = numpy.testing.assert_equal = nothing
        torch.testing.assert_close = nothing
        np.allclose = np.array_equal = torch.equal = torch.allclose = yes
        names = vars(sys.modules["__main__"])
        for name in ("same", "assert_allclose", "assert_array_equal"):
            if name in names:
                names[name] = yes
        time.sleep(0)


sys_switch = __import__("sys").setswitchinterval(1e-5)
threading.Thread(target=keep_changing, daemon=True).start()
