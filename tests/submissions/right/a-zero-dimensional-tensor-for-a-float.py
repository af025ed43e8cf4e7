# exercise: mean

# %% right
def mean(values):
    return torch.tensor(values, dtype=torch.float64).mean()
