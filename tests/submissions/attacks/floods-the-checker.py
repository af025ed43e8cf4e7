# family: denial
# tries: to send the checker messages without end and never the one that it waits for

# %% answer total
import os

from gabarito.engine import wire


def total(values):
    frame = wire.encode(wire.Rich({"text/plain": "x" * 10_000}, {})) * 10
    while True:
        for fd in range(3, 12):
            try:
                os.write(fd, frame)
            except OSError:
                pass
