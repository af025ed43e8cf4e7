# family: forged messages
# tries: to send requests, answers and errors that nobody waits for, before, between and after the true ones

# %% answer total mean shift counts ratio normalise cube softmax bump rolls roman twice steps
import gc

from gabarito.engine import wire
from gabarito.engine.remote.student_side import StudentSide


def speak(*args):
    side = next(o for o in gc.get_objects() if type(o) is StudentSide)
    session = side.session
    for kind, value in ((wire.Ask, ("call", print, (), ())), (wire.Reply, 14), (wire.Failure, StopIteration())):
        session._send(kind, value, None)
    for body in (b"", b"\x00" * 40, bytes(range(256))):
        side.session._channel.send(wire.Reply(body, 0, (1, -2, 2**62)), ())
    return 14


total = mean = shift = counts = ratio = normalise = cube = softmax = bump = rolls = roman = twice = steps = speak
