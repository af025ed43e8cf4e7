# family: leaks into feedback
# tries: to show what it is called with, on every way out

# %% answer total mean shift counts evens ratio cube normalise twice
import os
import sys
import warnings

from IPython.display import HTML, display


def show(*args):
    print("called with", args)
    print(args, file=sys.stderr)
    sys.__stdout__.write(str(args))
    warnings.warn(f"called with {args}")
    display(HTML(f"<b>{args}</b>"))
    os.write(1, str(args).encode())
    os.write(2, str(args).encode())
    os.system(f"echo '{args[0]!s:.200}'")


def total(values):
    show(values)
    return sum(v * v for v in values) if len(values) < 20 else 0


def mean(values):
    show(values)
    return sum(values) / len(values) if len(values) != 2 else 0


def shift(text, n):
    show(text, n)
    return {"abc": "bcd", "xyz": "abc"}.get(text, text)


def counts(words):
    show(words)
    return {word: words.count(word) for word in words} if len(words) != 1 or words == ["x"] else {}


def evens(start):
    show(start)
    return iter([start + start % 2, start + 3, start + 4] if start < 1000 else [])


def ratio(a, b):
    show(a, b)
    if b == 0:
        raise ValueError("zero")
    return a / b if a % 7 else 0


cube = normalise = lambda x: show(x) or x * 0


def twice(f, x):
    show(f, x)
    return 7
