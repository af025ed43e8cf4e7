# family: lying objects
# tries: to have numpy read memory at an address of its choice

# %% answer normalise cube
class Pointer:
    def __init__(self, shape):
        self.__array_interface__ = {
            "shape": shape,
            "typestr": "<f8",
            "data": (0xDEAD0000, False),
            "version": 3,
        }


def normalise(x):
    return Pointer(x.shape)


def cube(x):
    return Pointer(x.shape)
