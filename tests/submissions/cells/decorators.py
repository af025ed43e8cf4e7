# about: a student's decorator on functions of the test

# %% right
import functools


def counted(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return function(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def repeat(times):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            return [function(*args) for _ in range(times)]

        return wrapper

    return decorate

# %% test
@counted
def square(x):
    """The square."""
    return x * x


assert square(3) == 9 and square(4) == 16
assert square.calls == 2
### BEGIN HIDDEN TESTS: what a decorator keeps
assert square.__name__ == "square" and square.__doc__ == "The square."
rolled = []


@repeat(3)
def roll(x):
    rolled.append(x)
    return len(rolled)


assert roll("a") == [1, 2, 3]
assert rolled == ["a", "a", "a"]
### END HIDDEN TESTS
