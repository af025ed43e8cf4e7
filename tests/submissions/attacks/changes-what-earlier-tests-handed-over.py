# family: exit, signals, threads
# tries: to keep everything that tests hand over, and to empty it in later cells and in calls of later tests

# %% start
kept = []


def keep(x):
    kept.append(x)


def spoil():
    for x in kept:
        try:
            x.clear() if hasattr(x, "clear") else x.__setitem__(..., 0)
        except Exception:
            pass

# %% answer total
def total(values):
    keep(values)
    return {(1, 2, 3): 14, (5,): 25}.get(tuple(values), 0)

# %% answer counts
spoil()


def counts(words):
    spoil()
    keep(words)
    return {"a": 2, "b": 1} if len(words) == 3 else {"x": 1} if words else {}

# %% answer normalise
def normalise(x):
    spoil()
    keep(x)
    return np.array([[0.25, 0.75], [0.5, 0.5]]) if x.shape == (2, 2) else x * 0

# %% answer cube
spoil()


def cube(x):
    keep(x)
    return np.array([1.0, 8.0]) if len(x) == 2 else x * 0

# %% answer softmax
def softmax(z):
    spoil()
    keep(z)
    return torch.full(z.shape, 0.5)
