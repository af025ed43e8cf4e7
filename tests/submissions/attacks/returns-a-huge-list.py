# family: codec bombs
# tries: to use up memory with a list of a hundred million references to one object

# %% answer total rolls
def total(values):
    return [0] * 20_000_000


def rolls(n):
    return [[None] * 1000] * 1_000_000
