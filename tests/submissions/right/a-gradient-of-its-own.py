# exercise: bump

# %% right
class Bump(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.exp(-(x**2))

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        return upstream * -2 * x * torch.exp(-(x**2))


bump = Bump.apply
