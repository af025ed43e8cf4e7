# exercise: counts

# %% right
from collections import defaultdict


def counts(words):
    found = defaultdict(int)
    for word in words:
        found[word] += 1
    return found
