# about: a student's class used like a dict and like a sequence

# %% right
class Matrix:
    def __init__(self, rows):
        self.rows = [list(r) for r in rows]

    def __getitem__(self, key):
        i, j = key
        return self.rows[i][j]

    def __setitem__(self, key, value):
        i, j = key
        self.rows[i][j] = value

    def __delitem__(self, i):
        del self.rows[i]

    def __contains__(self, value):
        return any(value in r for r in self.rows)

    def __len__(self):
        return len(self.rows)

    def __call__(self, vector):
        return [sum(a * b for a, b in zip(r, vector)) for r in self.rows]

    @property
    def T(self):
        return Matrix(zip(*self.rows))

# %% test
m = Matrix([[1, 2], [3, 4]])
assert m[0, 1] == 2
m[0, 1] = 7
assert m[0, 1] == 7 and 7 in m and 2 not in m
### BEGIN HIDDEN TESTS: the rest
assert len(m) == 2 and m([1, 1]) == [8, 7]
assert m.T[1, 0] == 7
try:
    m[5, 5]
except IndexError:
    pass
else:
    assert False
given = [[1]]
other = Matrix(given)
other[0, 0] = 2
assert given == [[1]]
del m[0]
assert len(m) == 1 and m.rows == [[3, 4]]
### END HIDDEN TESTS
