# family: lying objects
# tries: to return tensors on the meta device, which have a shape and no numbers to compare

# %% answer softmax
def softmax(z):
    return torch.empty(z.shape, device="meta")

# %% answer bump
def bump(x):
    return torch.empty(x.shape, device="meta", requires_grad=True)

# %% answer values
primes = [2, 0, 0, 0, 0, 0]
golden = 2.0
W = torch.empty(3, 3, device="meta")
torch.set_default_device("meta")
