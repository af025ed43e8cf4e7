# about: tests that define names which later cells use

# %% right
def cumulative(values):
    out, total = [], 0
    for v in values:
        total += v
        out.append(total)
    return out

# %% test first
data = [1, 2, 3]
result = cumulative(data)
assert result == [1, 3, 6]


def last(values):
    return values[-1]

# %% given between
doubled = [2 * v for v in result]

# %% test second
assert last(doubled) == 12
assert cumulative(doubled) == [2, 8, 20]
### BEGIN HIDDEN TESTS: what the first left
assert result[0] == 1 and data == [1, 2, 3]
result.append(99)
assert cumulative(data) == [1, 3, 6]
### END HIDDEN TESTS
