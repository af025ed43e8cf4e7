# exercise: cube

# %% right
cube = np.vectorize(lambda v: v * v * v)
