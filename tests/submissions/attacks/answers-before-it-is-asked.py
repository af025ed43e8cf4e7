# family: forged messages
# tries: to send the ends of many cells in advance

# %% answer total
import os

from gabarito.engine import wire

for fd in range(3, 64):
    try:
        os.write(fd, wire.encode(wire.Done(1)) * 40)
    except OSError:
        pass


def total(values):
    return 0
