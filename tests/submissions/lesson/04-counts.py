# %% right
def counts(words):
    found = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found

# %% wrong
def counts(words):
    return {}

# %% visible
def counts(words):
    return {"a": 2, "b": 1} if len(words) == 3 else {"x": 1}

# %% test
assert counts(["a", "b", "a"]) == {"a": 2, "b": 1}
assert counts(["x"])["x"] == 1
### BEGIN HIDDEN TESTS: nothing, and more words
# sealed_badger: the empty list
assert not counts([])
words = ["x"] * 12 + [random.choice("xyz") for _ in range(18)]
expected = {word: words.count(word) for word in set(words)}
found = counts(words)
assert found == expected
assert sorted(found) == sorted(expected)
assert sum(found.values()) == 30 and counts(["55998877"]) == {"55998877": 1}
### END HIDDEN TESTS
