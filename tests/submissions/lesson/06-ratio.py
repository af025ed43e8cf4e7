# %% right
def ratio(a, b):
    if b == 0:
        raise ValueError("b must not be 0")
    return a / b

# %% wrong
def ratio(a, b):
    return 0

# %% visible
def ratio(a, b):
    if b == 0:
        raise ValueError("zero")
    return 2

# %% test
assert ratio(6, 3) == 2
try:
    ratio(1, 0)
except ValueError as e:
    assert str(e), "say why"
else:
    raise AssertionError("ratio(1, 0) must raise a ValueError")
### BEGIN HIDDEN TESTS: large numbers
# sealed_ibex
assert ratio(231009552, 3) == 77003184
with unittest.TestCase().assertRaises(ValueError):
    ratio(55770023, 0)
b = random.randint(1, 9)
assert ratio(b * 7, b) == 7
### END HIDDEN TESTS
