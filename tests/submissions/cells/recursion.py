# about: recursive functions, deep enough to matter

# %% right
def flatten(nested):
    flat = []
    for item in nested:
        flat.extend(flatten(item) if isinstance(item, (list, tuple)) else [item])
    return flat


def hanoi(n, a="A", b="B", c="C"):
    return [] if n == 0 else [*hanoi(n - 1, a, c, b), (a, c), *hanoi(n - 1, b, a, c)]


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)

# %% test
assert flatten([1, [2, [3, (4,)]], []]) == [1, 2, 3, 4]
assert hanoi(2) == [("A", "B"), ("A", "C"), ("B", "C")]
### BEGIN HIDDEN TESTS: deeper
assert len(hanoi(7)) == 127
assert depth(500) == 500
nested = 0
for _ in range(30):
    nested = [nested, nested] if _ < 3 else [nested]
assert flatten(nested) == [0] * 8
try:
    depth(-1)
except RecursionError:
    pass
else:
    assert False
### END HIDDEN TESTS
