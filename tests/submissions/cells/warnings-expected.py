# about: warnings that the student's function must give

# %% right
import warnings


def old_mean(values):
    warnings.warn("use mean instead", DeprecationWarning, stacklevel=2)
    return sum(values) / len(values)


def checked_log(x):
    import math

    if x <= 0:
        warnings.warn(f"log of {x}")
        return float("-inf")
    return math.log(x)

# %% test
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert old_mean([1, 3]) == 2
assert len(caught) == 1 and issubclass(caught[0].category, DeprecationWarning)
### BEGIN HIDDEN TESTS: silence, and warnings as errors
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert checked_log(1) == 0
    assert checked_log(0) == float("-inf")
assert [str(w.message) for w in caught] == ["log of 0"]
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try:
        checked_log(-1)
    except UserWarning:
        pass
    else:
        assert False
### END HIDDEN TESTS
