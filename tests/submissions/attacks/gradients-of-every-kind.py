# family: forged messages
# tries: to answer for gradients with text, with other shapes and types, and with the test's own tensors

# %% answer bump
import gc
import itertools

from gabarito.engine.remote.student_side import StudentSide

KINDS = itertools.cycle(["text", None, [], [None], [torch.zeros(1)], [torch.ones(9, dtype=torch.int8)], [[1.0]]])


def bump(x):
    side = next(o for o in gc.get_objects() if type(o) is StudentSide)
    side.handlers["vjp"] = lambda number, grad, wanted, *more: next(KINDS)
    return torch.exp(-(x**2))
