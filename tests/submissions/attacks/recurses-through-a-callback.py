# family: exit, signals, threads
# tries: to overflow the stack of whoever serves its calls

# %% answer twice
import sys

sys.setrecursionlimit(100_000)


def twice(f, x):
    if x == 5:
        return 7
    return twice(lambda n: twice(f, n), x)
