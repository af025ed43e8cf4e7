# exercise: counts

# %% right
known = {}


def counts(words, seen=known):
    seen.clear()
    for word in sorted(words):
        seen.setdefault(word, 0)
        seen[word] += 1
    return dict(seen)
