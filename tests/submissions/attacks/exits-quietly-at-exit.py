# family: exit, signals, threads
# tries: to have code run when the process ends, and end it

# %% answer total
import atexit
import os
import sys


def farewell():
    from gabarito.engine import wire

    for fd in range(3, 64):
        try:
            os.write(fd, wire.encode(wire.Done(1)) * 30)
        except OSError:
            pass


atexit.register(farewell)


class Last:
    def __del__(self, farewell=farewell):
        farewell()


last = Last()


def total(values):
    atexit._run_exitfuncs()
    sys.exit(0)
