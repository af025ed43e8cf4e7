# about: operators between objects of a student's class

# %% right
class Vector:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1

    def __eq__(self, other):
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)

    def __abs__(self):
        return (self.x**2 + self.y**2) ** 0.5

    def __bool__(self):
        return bool(abs(self))

# %% test
a, b = Vector(1, 2), Vector(3, 4)
assert (a + b).x == 4 and (a + b).y == 6
assert a + b == Vector(4, 6)
assert not (a == b)
### BEGIN HIDDEN TESTS: the other operators
assert 2 * a == a * 2 == Vector(2, 4)
assert -a == Vector(-1, -2)
assert abs(b) == 5.0
assert not Vector(0, 0)
a += b
assert a.y == 6
assert sum([b, b], Vector(0, 0)).x == 6
### END HIDDEN TESTS
