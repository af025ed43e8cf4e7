# exercise: mean

# %% right
def mean(values):
    return np.asarray(sum(values) / np.float64(len(values)))
