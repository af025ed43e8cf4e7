# about: exceptions that the student defines and the test catches

# %% right
class StoreError(Exception):
    """Root of the store's errors."""


class OutOfStock(StoreError):
    def __init__(self, item, wanted):
        super().__init__(f"{wanted} of {item} are not there")
        self.item, self.wanted = item, wanted


class UnknownItem(StoreError, KeyError):
    pass


def take(stock, item, count=1):
    if item not in stock:
        raise UnknownItem(item)
    if stock[item] < count:
        raise OutOfStock(item, count)
    stock[item] -= count

# %% test
stock = {"pen": 2}
take(stock, "pen")
assert stock == {"pen": 1}
try:
    take(stock, "pen", 5)
except OutOfStock as e:
    assert (e.item, e.wanted) == ("pen", 5)
else:
    raise AssertionError("no error")
### BEGIN HIDDEN TESTS: their order
assert issubclass(OutOfStock, StoreError) and issubclass(StoreError, Exception)
try:
    take(stock, "book")
except StoreError as e:
    assert isinstance(e, KeyError)
    assert type(e) is UnknownItem
assert stock == {"pen": 1}
import unittest

with unittest.TestCase().assertRaisesRegex(OutOfStock, "7 of pen"):
    take(stock, "pen", 7)
### END HIDDEN TESTS
