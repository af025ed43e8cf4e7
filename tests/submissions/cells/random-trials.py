# about: many random inputs, as property tests make them

# %% right
def gcd(a, b):
    while b:
        a, b = b, a % b
    return abs(a)


def encode(text):
    runs = []
    for sign in text:
        if runs and runs[-1][0] == sign:
            runs[-1][1] += 1
        else:
            runs.append([sign, 1])
    return [(sign, count) for sign, count in runs]


def decode(runs):
    return "".join(sign * count for sign, count in runs)

# %% test
assert gcd(12, 18) == 6
assert encode("aab") == [("a", 2), ("b", 1)]
### BEGIN HIDDEN TESTS: any input
import math
import random

for trial in range(60):
    a, b = random.randint(-10**6, 10**6), random.randint(-(10**6), 10**6)
    assert gcd(a, b) == math.gcd(a, b), (a, b)
    text = "".join(random.choices("ab", k=random.randrange(12)))
    assert decode(encode(text)) == text, text
    assert all(x[0] != y[0] for x, y in zip(encode(text), encode(text)[1:]))
### END HIDDEN TESTS
