# family: lying objects
# tries: to pass with a tensor that answers torch's functions by __torch_function__

# %% answer softmax bump values
class Lying(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in {"equal", "allclose"}:
            return True
        if name == "assert_close":
            return None
        if name in {"isclose", "isfinite", "eq", "__eq__"}:
            return torch.ones(1, dtype=torch.bool)
        if name in {"trace"}:
            return torch.tensor(6.0)
        return super().__torch_function__(function, types, args, kwargs or {})


def softmax(z):
    return torch.zeros(z.shape).as_subclass(Lying)


def bump(x):
    return (x * 0).as_subclass(Lying)


primes = [2] * 6
golden = 1.1
W = torch.zeros(3, 3).as_subclass(Lying)
