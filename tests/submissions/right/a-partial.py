# exercise: total

# %% right
from functools import partial


def powers(exponent, values):
    return sum(v**exponent for v in values)


total = partial(powers, 2)
