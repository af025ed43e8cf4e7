# exercise: bump

# %% right
scale = torch.ones((), requires_grad=True)


def bump(x):
    return torch.exp(-x * x) * scale.detach()
