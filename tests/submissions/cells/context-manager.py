# about: a student's context manager around lines of the test

# %% right
import contextlib


class Recorder:
    def __init__(self):
        self.events = []

    def __enter__(self):
        self.events.append("enter")
        return self

    def __exit__(self, kind, error, trace):
        self.events.append(kind.__name__ if kind else "exit")
        return kind is ZeroDivisionError


@contextlib.contextmanager
def pushed(items, item):
    items.append(item)
    try:
        yield items
    finally:
        items.pop()

# %% test
recorder = Recorder()
with recorder as r:
    assert r is recorder
    r.events.append("inside")
assert recorder.events == ["enter", "inside", "exit"]
### BEGIN HIDDEN TESTS: errors
with recorder:
    1 / 0
assert recorder.events[-1] == "ZeroDivisionError"
try:
    with Recorder() as other:
        raise KeyError("k")
except KeyError:
    assert other.events == ["enter", "KeyError"]
else:
    assert False
items = [1]
with pushed(items, 2) as same:
    assert same == [1, 2] and items == [1, 2]
assert items == [1]
### END HIDDEN TESTS
