# exercise: cube

# %% right
def cube(x):
    return np.array([v * v * v for v in x[::-1]])[::-1]
