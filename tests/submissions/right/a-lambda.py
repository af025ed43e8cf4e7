# exercise: mean

# %% right
mean = lambda values: sum(values) / len(values)
