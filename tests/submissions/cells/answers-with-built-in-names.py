# about: an answer that bears the name of a built-in function, which a given helper uses too

# %% right
def round(x):
    """To the nearest whole number, halves upwards."""
    return int(x // 1 + (x % 1 >= 0.5))

# %% wrong
def round(x):
    return int(x)

# %% given
def prices(values):
    return [round(v) for v in values]

# %% test
assert round(2.5) == 3
assert round(-0.5) == 0
assert prices([0.5, 1.2]) == [1, 1]
