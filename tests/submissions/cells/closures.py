# about: functions that remember

# %% right
def make_counter(start=0):
    count = start

    def counter(step=1):
        nonlocal count
        count += step
        return count

    return counter


def compose(*functions):
    def composed(x):
        for function in reversed(functions):
            x = function(x)
        return x

    return composed

# %% test
counter = make_counter()
assert [counter(), counter(), counter(5)] == [1, 2, 7]
other = make_counter(10)
assert other() == 11 and counter() == 8
### BEGIN HIDDEN TESTS: composed functions
assert callable(compose(len))
assert compose(str, abs)(-5) == "5"
assert compose(lambda x: x + 1, lambda x: x * 2)(5) == 11
assert compose()(7) == 7
assert counter.__closure__ is not None or True
### END HIDDEN TESTS
