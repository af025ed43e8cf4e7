# family: codec bombs
# tries: to run a command in whoever unpickles or copies its result

# %% answer total counts cube softmax
import os


class Command:
    def __reduce__(self):
        return os._exit, (0,)

    __reduce_ex__ = lambda self, protocol: self.__reduce__()

    def __copy__(self):
        os._exit(0)

    def __deepcopy__(self, memo):
        os._exit(0)

    def __eq__(self, other):
        return False


def total(values):
    return Command()


def counts(words):
    return {Command: Command()}


def cube(x):
    return np.array([Command()] * len(x), dtype=object)


def softmax(z):
    made = torch.zeros(z.shape)
    made.extra = Command()
    return made
