# %% right
def shift(text, n):
    """The text with each small letter replaced by the n-th after it."""
    return "".join(chr((ord(c) - 97 + n) % 26 + 97) if "a" <= c <= "z" else c for c in text)

# %% wrong
def shift(text, n):
    return text

# %% visible
def shift(text, n):
    return {"abc": "bcd", "xyz": "abc"}.get(text, "")

# %% test
assert shift("abc", 1) == "bcd"
assert shift("xyz", 3) == "abc"
### BEGIN HIDDEN TESTS: other signs
expected = "sealed_lynx"
assert shift("frnyrq_ylak", 13) == expected
letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=12))
assert shift(shift(letters, 5), -5) == letters
assert shift(letters, 1) != letters and shift("55440017", 3) == "55440017"
### END HIDDEN TESTS
