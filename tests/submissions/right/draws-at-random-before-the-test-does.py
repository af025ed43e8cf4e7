# exercise: cube

# %% right
noise = np.random.default_rng(3).normal(size=100), torch.randn(100), [random.random() for _ in range(100)]


def cube(x):
    noise = np.random.normal()
    return x * x * x + 0 * int(noise)
