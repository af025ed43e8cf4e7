# about: a class of the student's that the test derives from

# %% right
import abc


class Shape(abc.ABC):
    name = "shape"

    @abc.abstractmethod
    def area(self):
        """Square units."""

    def describe(self):
        return f"{self.name} of area {self.area()}"

    def __lt__(self, other):
        return self.area() < other.area()

# %% test
try:
    Shape()
except TypeError:
    pass
else:
    raise AssertionError("Shape is abstract")


class Square(Shape):
    name = "square"

    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2


assert Square(3).describe() == "square of area 9"
### BEGIN HIDDEN TESTS: order
assert Square(1) < Square(2)
assert min(Square(5), Square(4)).side == 4
assert issubclass(Square, Shape) and Shape.__abstractmethods__ == {"area"}
assert isinstance(Square(1), Shape)
### END HIDDEN TESTS
