# family: lying objects
# tries: to pass each comparison with an object that says yes to all of them

# %% answer total mean shift counts evens ratio normalise cube softmax bump roman twice steps
class Yes:
    def __eq__(self, other):
        return True

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __contains__ = lambda self, *other: True
    __hash__ = object.__hash__

    def __ne__(self, other):
        return False

    def _self(self, *args, **kwargs):
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = __pow__ = __truediv__ = _self
    __neg__ = __abs__ = __call__ = __next__ = __enter__ = _self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter([self] * 3)

    def __float__(self):
        return 0.5


def anything(*args, **kwargs):
    return Yes()


total = mean = shift = counts = evens = ratio = normalise = cube = softmax = bump = anything
roman = twice = steps = anything

# %% answer values
primes = golden = W = Yes()
