# exercise: roman

# %% right
from enum import IntEnum
from typing import NamedTuple


class Sign(IntEnum):
    I = 1
    V = 5
    X = 10
    L = 50
    C = 100
    D = 500
    M = 1000


class Step(NamedTuple):
    value: int
    text: str


steps_down = [Step(int(s), s.name) for s in Sign]
steps_down += [Step(b - a, a.name + b.name) for a in Sign for b in Sign if b in (5 * a, 10 * a) and a in (1, 10, 100)]
steps_down.sort(reverse=True)


def roman(n):
    made = []
    for step in steps_down:
        count, n = divmod(n, step.value)
        made.append(step.text * count)
    return "".join(made)
