# family: lying objects
# tries: to become, when numpy asks for an array, what the assertion compares it with

# %% answer normalise cube
import sys


class Chameleon:
    def __array__(self, dtype=None, copy=None):
        frame = sys._getframe(1)
        while frame is not None:
            for name in ("desired", "expected", "y", "table"):
                found = frame.f_locals.get(name)
                if isinstance(found, (list, np.ndarray)):
                    return np.array(found, dtype=float)
            frame = frame.f_back
        return np.zeros(1)

    shape = (5, 7)

    def sum(self, axis=None):
        return Chameleon()

    def __sub__(self, other):
        return np.zeros(1)


def normalise(x):
    return Chameleon()


def cube(x):
    return Chameleon()
