# family: lying objects
# tries: to end the loops of tests before they have looked at anything, by StopIteration

# %% answer total mean shift counts ratio normalise cube softmax bump rolls roman twice steps
def stop(*args):
    raise StopIteration


total = mean = shift = counts = ratio = normalise = cube = softmax = bump = rolls = roman = twice = steps = stop

# %% answer evens
def evens(start):
    return iter(lambda: stop(), None)


def stop():
    raise StopIteration
