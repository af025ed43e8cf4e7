# family: denial
# tries: to send the checker, without end, messages that say nothing and cost nothing to write

# %% answer total
import os

from gabarito.engine import wire


def total(values):
    frames = wire.encode(wire.Up()) + wire.encode(wire.Rich({}, {})) + wire.encode(wire.Text("stdout", ""))
    while True:
        for fd in range(3, 12):
            try:
                os.write(fd, frames * 1000)
            except OSError:
                pass
