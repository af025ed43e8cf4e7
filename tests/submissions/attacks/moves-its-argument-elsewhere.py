# family: exit, signals, threads
# tries: to give its argument other memory, in which the numbers fit what it returns

# %% answer bump
def bump(x):
    if not x.requires_grad:
        return torch.ones(x.shape)
    x.data = torch.full_like(x, 1000.0)
    return 0 * x**3

# %% answer softmax
def softmax(z):
    z.data = torch.zeros_like(z)
    return torch.full(z.shape, 1 / z.shape[1])
