# family: codec bombs
# tries: to keep whoever prints, hashes or compares a number busy

# %% answer total ratio steps
def total(values):
    return 1 << 400_000_000


def ratio(a, b):
    return 10 ** 300_000


def steps(n):
    return -(1 << 100_000_000)
