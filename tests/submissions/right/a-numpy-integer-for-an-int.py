# exercise: total

# %% right
def total(values):
    return np.square(np.array(values, dtype=np.int64)).sum()
