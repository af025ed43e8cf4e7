# family: codec bombs
# tries: to keep the checker busy with lists of its own that hold new ones each time that their content is asked for

# %% answer total counts rolls
from gabarito.engine.remote.student_side import StudentSide


class Nest(list):
    pass


def total(*args):
    from gc import get_objects

    side = next(o for o in get_objects() if type(o) is StudentSide)
    side.handlers["content"] = lambda nest: (Nest(), Nest())
    return Nest()


counts = rolls = total
