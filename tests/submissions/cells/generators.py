# about: generators, lazy and endless

# %% right
def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


def running_mean():
    total, count = 0.0, 0
    value = yield None
    while True:
        total, count = total + value, count + 1
        value = yield total / count


def chunks(items, size):
    for i in range(0, len(items), size):
        yield items[i : i + size]

# %% test
from itertools import islice

assert list(islice(fibonacci(), 8)) == [0, 1, 1, 2, 3, 5, 8, 13]
assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
### BEGIN HIDDEN TESTS: generators that are sent something
import types

assert isinstance(fibonacci(), types.GeneratorType)
mean = running_mean()
next(mean)
assert mean.send(4) == 4 and mean.send(8) == 6
mean.close()
g = chunks("abc", 2)
assert next(g) == "ab" and next(g) == "c"
assert next(g, "end") == "end"
for n in fibonacci():
    if n > 100:
        break
assert n == 144
### END HIDDEN TESTS
