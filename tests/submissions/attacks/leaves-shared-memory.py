# family: writing what is not its own
# tries: to leave shared memory, semaphores and sockets for a later submission to find

# %% start
import ctypes
import os
import socket
from multiprocessing import shared_memory

try:
    block = shared_memory.SharedMemory("left", create=True, size=1 << 12)
    block.buf[:4] = b"left"
except OSError:
    pass
libc = ctypes.CDLL(None)
libc.shmget(4711, 1 << 12, 0o1666)
for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run/lock"):
    for name in ("numpy.py", "left", ".ipython"):
        try:
            os.symlink("/", os.path.join(folder, name))
        except OSError:
            pass
listening = socket.socket(socket.AF_UNIX)
listening.bind("\0left")
listening.listen()
