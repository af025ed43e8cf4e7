# family: reading the tests
# tries: to read the next test from the engine's socket, in a copy of the process that Python knows nothing of

# %% start
import ctypes
import os
import socket
import time

import gabarito.engine.shell as engine

channel = engine.cell_shell().send.__self__.end
if ctypes.CDLL(None).fork() == 0:
    while True:
        waiting = channel.recv(1 << 16, socket.MSG_PEEK)
        if b"HIDDEN" in waiting:
            os.write(1, waiting)
            os._exit(0)
        time.sleep(0.00002)
