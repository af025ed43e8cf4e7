# family: denial
# tries: to end its process at the worst moments: while it is iterated over, measured, compared and asked for gradients

# %% answer total mean shift roman
import os


class Frail(list):
    def __len__(self):
        os._exit(0)

    __iter__ = __eq__ = __getitem__ = __repr__ = __len__


def total(*args):
    return Frail([14])


mean = shift = roman = total

# %% answer bump
import os


class Dying(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, grad):
        os.kill(os.getpid(), 9)


def bump(x):
    return Dying.apply(x)
