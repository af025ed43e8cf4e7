# family: lying objects
# tries: to pass with a subclass of int

# %% answer total steps values evens
class Every(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__


def total(values):
    return Every(0)


def steps(n):
    return Every(1)


def evens(start):
    while True:
        yield Every()


primes = [Every()] * 6
golden = 1
W = torch.zeros(3, 3)
