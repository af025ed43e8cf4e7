# about: strings in all their forms

# %% right
def table(rows):
    return "\n".join(f"{name:<8}|{price:>8.2f}" for name, price in rows)


def encode(text):
    return text.encode("utf-8")


def slug(text):
    import re

    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")

# %% test
assert slug("Hello, World!") == "hello-world"
assert table([("tea", 2.5)]) == "tea     |    2.50"
### BEGIN HIDDEN TESTS: more of them
text = table([("tea", 1), ("coffee", 12.345)])
assert text.splitlines()[1].endswith("12.35") or text.splitlines()[1].endswith("12.34")
assert len(set(map(len, text.split("\n")))) == 1
assert encode("çã€") == b"\xc3\xa7\xc3\xa3\xe2\x82\xac" and isinstance(encode(""), bytes)
assert slug("--") == "" and "%s!" % slug("A b") == "a-b!"
assert slug("x").join(["a", "b"]) == "axb"
### END HIDDEN TESTS
