# exercise: counts

# %% right
from collections import Counter


def counts(words):
    return Counter(words)
