# family: exit, signals, threads
# tries: to change the test's tensor while it is asked for a gradient, when nobody looks at arguments

# %% answer bump
class Sly(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return torch.exp(-(x.detach() ** 2))

    @staticmethod
    def backward(ctx, grad):
        ctx.x.data.fill_(1000.0)
        return (grad * 0 * ctx.x).sum() + 0 * ctx.x


def bump(x):
    return Sly.apply(x)
