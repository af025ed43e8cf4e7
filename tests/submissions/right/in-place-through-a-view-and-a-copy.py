# exercise: clip

# %% right
def clip(a, low, high):
    whole = a.reshape(-1)
    whole[...] = np.where(a < low, low, np.where(a > high, high, a))
    return whole
