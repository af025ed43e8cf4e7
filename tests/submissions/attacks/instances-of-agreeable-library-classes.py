# family: lying objects
# tries: to have its object taken for one of a library class whose own comparison says yes, and is done in the checker

# %% answer total mean shift counts ratio normalise cube softmax bump rolls roman twice steps
import gc
import itertools

from gabarito.engine.remote import owner

NAMES = [
    f"{c.__module__}.{c.__qualname__}"
    for c in gc.get_objects()
    if isinstance(c, type) and c.__module__ != "builtins" and {"__eq__", "__array__", "__index__"} & vars(c).keys()
]
NAME = itertools.cycle(sorted(NAMES))
describe = owner.Owner._about


def lie(self, cls):
    told = describe(self, cls)
    if cls.__name__ == "Agreeable":
        told |= {"library": cls.claimed, "special": [], "none": [], "bases": []}
    return told


owner.Owner._about = lie


def agree(*args):
    return type("Agreeable", (), {"claimed": next(NAME)})()


total = mean = shift = counts = ratio = normalise = cube = softmax = bump = rolls = roman = twice = steps = agree
