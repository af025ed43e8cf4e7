# about: a test that seeds numpy and compares with draws of its own

# %% given
import random

import numpy as np

# %% right
def walk(n):
    return np.cumsum(np.random.choice([-1, 1], size=n))


def shuffled(items):
    copy = list(items)
    random.shuffle(copy)
    return copy

# %% test
np.random.seed(5)
first = walk(10)
np.random.seed(5)
assert np.array_equal(first, walk(10))
assert len(first) == 10 and abs(first[0]) == 1
### BEGIN HIDDEN TESTS: the same stream
np.random.seed(11)
wanted = np.cumsum(np.random.choice([-1, 1], size=20))
np.random.seed(11)
assert np.array_equal(walk(20), wanted)
random.seed(3)
wanted = [1, 2, 3, 4]
random.shuffle(wanted)
random.seed(3)
assert shuffled([1, 2, 3, 4]) == wanted
### END HIDDEN TESTS
