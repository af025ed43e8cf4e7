# family: denial
# tries: to close or fill all descriptors, and to put others in their place

# %% answer total
import os


def total(values):
    null = os.open("/dev/zero", os.O_RDWR)
    for fd in range(64):
        try:
            if fd != null:
                os.dup2(null, fd)
        except OSError:
            pass
    return 14
