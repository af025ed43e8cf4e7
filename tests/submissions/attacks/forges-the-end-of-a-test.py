# family: forged messages
# tries: to tell the checker, in the engine's own words, that the running test passed

# %% answer total mean shift counts ratio normalise cube softmax bump rolls roman twice steps
import os

from gabarito.engine import wire


def forge(*args):
    frame = wire.encode(wire.Done(1))
    for fd in range(3, 64):
        try:
            os.write(fd, frame)
        except OSError:
            pass
    return None


total = mean = shift = counts = ratio = normalise = cube = softmax = bump = rolls = roman = twice = steps = forge
