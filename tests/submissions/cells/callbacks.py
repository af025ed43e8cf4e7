# about: functions of the test that the student's function calls

# %% right
def apply_all(functions, x):
    return [function(x) for function in functions]


def retry(function, times):
    for attempt in range(times):
        try:
            return function(attempt)
        except ValueError:
            continue
    return None


def on_each(items, callback):
    for position, item in enumerate(items):
        callback(position, item=item)

# %% test
assert apply_all([abs, str, lambda v: v + 1], -2) == [2, "-2", -1]
seen = []
on_each("ab", lambda position, item: seen.append((position, item)))
assert seen == [(0, "a"), (1, "b")]
### BEGIN HIDDEN TESTS: callbacks that fail
def fails_twice(attempt):
    seen.append(attempt)
    if attempt < 2:
        raise ValueError("not yet")
    return "done"


assert retry(fails_twice, 5) == "done"
assert seen[2:] == [0, 1, 2]
assert retry(fails_twice, 1) is None
try:
    retry(lambda n: {}["missing"], 3)
except KeyError as e:
    assert e.args == ("missing",)
else:
    assert False, "only ValueError is caught"
### END HIDDEN TESTS
