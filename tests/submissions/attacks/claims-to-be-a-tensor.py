# family: lying objects
# tries: to be taken for a tensor by what __class__ says, and be read as one in C

# %% answer softmax bump values
class Claims:
    @property
    def __class__(self):
        return torch.Tensor

    shape = torch.Size([6, 4])
    dtype, device, layout = torch.float32, torch.device("cpu"), torch.strided
    requires_grad = is_sparse = is_quantized = False

    def sum(self, *args, **kwargs):
        return torch.ones(6)

    def __matmul__(self, other):
        return 2 * other

    def trace(self):
        return torch.tensor(6.0)


softmax = bump = lambda *args: Claims()
primes = golden = 2
W = Claims()
W.shape = (3, 3)
