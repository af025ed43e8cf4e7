# %% right
def evens(start):
    """The even numbers from start on, without end."""
    n = start + start % 2
    while True:
        yield n
        n += 2

# %% wrong
def evens(start):
    yield from [0, 0, 0]

# %% visible
def evens(start):
    yield from [4, 6, 0]

# %% test
import itertools

numbers = evens(3)
assert next(numbers) == 4
assert next(numbers) == 6
### BEGIN HIDDEN TESTS: where it starts
# sealed_stoat: an even start belongs to it
assert list(itertools.islice(evens(10), 3)) == [10, 12, 14]
begin = 2 * random.randrange(1000)
expected = [begin + 2, begin + 4, begin + 6]
assert [n for n, _ in zip(evens(begin + 1), range(3))] == expected
assert next(evens(55443321)) == 55443322
### END HIDDEN TESTS
