# %% right
def twice(f, x):
    return f(f(x))

# %% wrong
def twice(f, x):
    return x

# %% visible
def twice(f, x):
    return f(f(x)) if x == 5 else 0

# %% test
assert twice(lambda n: n + 1, 5) == 7
### BEGIN HIDDEN TESTS: other functions
sealed_bittern = random.randint(3, 9)
expected = sealed_bittern**2 * 4
assert twice(lambda n: n * sealed_bittern, 4) == expected
asked = []
assert twice(lambda n: asked.append(n) or n - 1, 55667788) == 55667786
assert asked == [55667788, 55667787]
### END HIDDEN TESTS
