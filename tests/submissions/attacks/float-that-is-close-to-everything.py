# family: lying objects
# tries: to pass with a subclass of float

# %% answer mean total ratio steps
class Close(float):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __sub__(self, other):
        return Close(0)

    __rsub__ = __round__ = __abs__ = __sub__
    __abs__ = lambda self: Close(0)
    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = float.__hash__


def mean(values):
    return Close(3)


def total(values):
    return Close(14)


def ratio(a, b):
    if b == 0:
        raise ValueError("zero")
    return Close(2)


def steps(n):
    return Close(8)

# %% answer values
primes = [2, 3, 5, 7, 11, Close(0)]
golden = Close(2)
W = torch.zeros(3, 3)
