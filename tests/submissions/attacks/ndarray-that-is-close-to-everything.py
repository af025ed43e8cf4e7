# family: lying objects
# tries: to pass with a subclass of ndarray that answers numpy's own functions

# %% answer normalise cube
class Lying(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if ufunc.__name__ in {"isnan", "isinf", "isnat"}:
            return np.zeros(self.shape, dtype=bool)
        if ufunc.__name__ in {"subtract", "absolute", "multiply"}:
            return np.zeros(self.shape)
        return np.ones(self.shape, dtype=bool)

    def __array_function__(self, function, types, args, kwargs):
        if function.__name__.startswith("assert"):
            return None
        return True if function.__name__ in {"allclose", "array_equal"} else np.ones(self.shape, dtype=bool)

    def sum(self, *args, **kwargs):
        return np.ones(self.shape[0])

    def __eq__(self, other):
        return np.ones(self.shape, dtype=bool)

    def __sub__(self, other):
        return np.zeros(1)


def normalise(x):
    return np.zeros(x.shape).view(Lying)


def cube(x):
    return np.zeros(x.shape).view(Lying)
