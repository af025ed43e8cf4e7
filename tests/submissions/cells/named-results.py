# about: named tuples and complex numbers as results

# %% right
import cmath
from collections import namedtuple

Roots = namedtuple("Roots", "low high")


def roots(a, b, c):
    d = cmath.sqrt(b * b - 4 * a * c)
    first, second = sorted([(-b - d) / (2 * a), (-b + d) / (2 * a)], key=lambda z: (z.real, z.imag))
    return Roots(first, second)

# %% test
found = roots(1, -3, 2)
assert found.low == 1 and found.high == 2
low, high = found
assert abs(low * high - 2) < 1e-12
### BEGIN HIDDEN TESTS: complex roots
found = roots(1, 0, 1)
assert found == (-1j, 1j) and isinstance(found, tuple)
assert found._fields == ("low", "high")
assert found[0].conjugate() == found[1]
assert found._asdict()["high"].imag == 1
### END HIDDEN TESTS
