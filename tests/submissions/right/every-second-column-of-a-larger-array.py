# exercise: normalise

# %% right
def normalise(x):
    large = np.full((x.shape[0], 2 * x.shape[1]), -1.0)
    large[:, ::2] = x / x.sum(axis=1)[:, None]
    return large[:, ::2]
