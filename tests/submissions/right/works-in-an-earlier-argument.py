# exercise: softmax

# %% right
room = {}


def softmax(z):
    e = room.setdefault(z.shape, z)
    torch.sub(z, z.max(dim=1, keepdim=True).values, out=e)
    torch.exp(e, out=e)
    return e / e.sum(dim=1, keepdim=True)
