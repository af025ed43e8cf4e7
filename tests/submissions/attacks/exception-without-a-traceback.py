# family: leaks into feedback
# tries: to have a hidden test's error taken for a visible one, by an exception that shows no place

# %% answer total mean ratio
class Placeless(ArithmeticError):
    @property
    def __traceback__(self):
        return None

    @__traceback__.setter
    def __traceback__(self, value):
        pass

    def with_traceback(self, tb):
        return self


visible = {(1, 2, 3): 14, (5,): 25, (1, 2, 6): 3, (0.5,): 0.5, (-8812,): 77651344}


def total(values):
    if tuple(values) in visible:
        return visible[tuple(values)]
    raise Placeless(f"called with {values}")


def mean(values):
    return sum(values) / len(values) if len(values) != 2 else total(values)


def ratio(a, b):
    if b == 0 and a == 1:
        raise ValueError("zero")
    return a / b if b else total([a, b])
