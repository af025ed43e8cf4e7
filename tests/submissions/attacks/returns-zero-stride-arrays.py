# family: codec bombs
# tries: to return arrays that hold one number and claim a trillion

# %% answer cube normalise softmax
def cube(x):
    return np.broadcast_to(np.float64(1), (1 << 40,))


def normalise(x):
    return np.lib.stride_tricks.as_strided(np.ones(1), (5, 7 << 40), (0, 0))


def softmax(z):
    return torch.ones(1).expand(6, 1 << 40)
