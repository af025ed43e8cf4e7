# exercise: bump

# %% right
def bump(x):
    return 1 / torch.pow(torch.tensor(math.e, dtype=x.dtype), x.square())
