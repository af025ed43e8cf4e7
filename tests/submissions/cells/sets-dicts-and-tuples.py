# about: built-in collections that come back

# %% right
def invert(d):
    found = {}
    for key, value in d.items():
        found.setdefault(value, set()).add(key)
    return found


def common(*groups):
    return frozenset.intersection(*map(frozenset, groups))


def extremes(values):
    return min(values), max(values)

# %% test
assert invert({"a": 1, "b": 1, "c": 2}) == {1: {"a", "b"}, 2: {"c"}}
low, high = extremes([3, 9, 4])
assert (low, high) == (3, 9)
### BEGIN HIDDEN TESTS: types and edge cases
assert common([1, 2], {2, 3}, (2,)) == {2}
assert isinstance(common([1]), frozenset)
assert common("ab", "b") <= set("abc")
assert invert({}) == {}
assert isinstance(extremes("hello"), tuple) and extremes("hello") == ("e", "o")
assert {(1, 2): common([1])}[1, 2] == {1}
assert list(invert({"x": (1, 2)}).keys()) == [(1, 2)]
### END HIDDEN TESTS
