# exercise: clip

# %% right
a, part, expected, rows, table = 1, 2, 3, 4, 5


def clip(part, *expected):
    low, high = expected
    part[:] = np.median([part, np.full_like(part, low), np.full_like(part, high)], axis=0)
