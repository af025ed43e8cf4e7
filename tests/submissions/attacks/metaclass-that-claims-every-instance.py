# family: lying objects
# tries: to pass as nn.Module and as a stack by a metaclass that says yes

# %% answer net stack
class Says(type):
    def __instancecheck__(cls, other):
        return True

    def __subclasscheck__(cls, other):
        return True

    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__

    def __getattr__(cls, name):
        return lambda *args: cls()


class Net(metaclass=Says):
    losses = [3.0 - n / 10 for n in range(20)]

    @property
    def __class__(self):
        return nn.Module

    def __call__(self, x):
        return x[:, :2] if x.shape[0] == 7 else self.falling(x)

    def falling(self, x):
        return torch.zeros(x.shape[0], 2, requires_grad=True) + self.losses.pop(0) * 9

    def parameters(self):
        return [torch.zeros(32, requires_grad=True)]


class Stack(metaclass=Says):
    class Top:
        def __eq__(self, other):
            return True

    sizes = [2, 0]

    def push(self, item):
        pass

    def pop(self):
        return self.Top()

    def __len__(self):
        return self.sizes.pop(0)
