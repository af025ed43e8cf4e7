# exercise: evens

# %% right
import itertools


def evens(start):
    return itertools.count(start + (start & 1), 2)
