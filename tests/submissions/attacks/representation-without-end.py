# family: codec bombs
# tries: to keep whoever prints its result, or the error of its result, busy

# %% answer total shift counts
class Endless:
    def __repr__(self):
        return "x" * 100_000_000

    __str__ = __format__ = lambda self, *args: repr(self)

    def __eq__(self, other):
        return False


def total(values):
    return Endless()


def shift(text, n):
    raise ValueError(Endless(), "y" * 50_000_000)


def counts(words):
    return {"k" * 20_000_000: "v"}
