# exercise: evens

# %% right
from itertools import count


def evens(start):
    return (n for n in count(start) if n % 2 == 0)
