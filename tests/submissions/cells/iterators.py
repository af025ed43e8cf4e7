# about: a class with __iter__ and __next__, used in loops, zip and unpacking

# %% right
class Countdown:
    def __init__(self, start):
        self.start = start

    def __iter__(self):
        return CountdownIterator(self.start)

    def __len__(self):
        return self.start


class CountdownIterator:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1

# %% test
assert list(Countdown(3)) == [3, 2, 1]
assert [x * 2 for x in Countdown(2)] == [4, 2]
### BEGIN HIDDEN TESTS: twice, and in other places
c = Countdown(4)
assert sum(c) == sum(c) == 10
first, *rest = c
assert first == 4 and rest == [3, 2, 1]
assert list(zip(c, "ab")) == [(4, "a"), (3, "b")]
assert max(c) == 4 and 3 in c and 9 not in c
assert len(c) == 4
it = iter(c)
assert iter(it) is it
assert dict(enumerate(Countdown(2))) == {0: 2, 1: 1}
### END HIDDEN TESTS
