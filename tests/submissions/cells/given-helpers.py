# about: helper functions that given cells define and all tests share

# %% given
import math

TOLERANCE = 1e-6


def close(a, b, tolerance=TOLERANCE):
    """Whether two numbers are close."""
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def check_all(function, cases):
    for arguments, wanted in cases:
        found = function(*arguments)
        assert close(found, wanted), f"{function.__name__}{arguments} is {found}, not {wanted}"

# %% right
def area(r):
    return math.pi * r * r


def volume(r, h=1.0):
    return area(r) * h

# %% test area
check_all(area, [((0,), 0), ((1,), 3.14159265)])
### BEGIN HIDDEN TESTS: another circle
check_all(area, [((2.5,), 19.63495408)])
### END HIDDEN TESTS

# %% test volume
check_all(volume, [((1,), 3.14159265), ((1, 2), 6.2831853)])
### BEGIN HIDDEN TESTS: named arguments
assert close(volume(r=2, h=0.5), 2 * area(1))
### END HIDDEN TESTS
