# about: signature, defaults, hints and docstring of a function

# %% right
def scale(values: list[float], factor: float = 2.0, *, shift: float = 0.0) -> list[float]:
    """Each value times the factor, plus the shift."""
    return [v * factor + shift for v in values]

# %% test
import inspect
import typing

assert scale([1.0]) == [2.0]
assert scale([1.0], 3, shift=1) == [4.0]
### BEGIN HIDDEN TESTS: the signature
parameters = inspect.signature(scale).parameters
assert parameters["factor"].default == 2.0
assert parameters["shift"].kind is inspect.Parameter.KEYWORD_ONLY
assert typing.get_type_hints(scale)["return"] == list[float]
assert scale.__doc__ and scale.__defaults__ == (2.0,)
try:
    scale([1.0], 2, 3)
except TypeError:
    pass
else:
    assert False, "shift must be given by name"
assert scale(**{"values": [], "factor": 1}) == []
### END HIDDEN TESTS
