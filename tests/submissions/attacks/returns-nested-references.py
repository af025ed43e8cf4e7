# family: codec bombs
# tries: to return what is small in memory and without end when written out

# %% answer total counts twice
def laughs():
    made = ["ha"]
    for _ in range(60):
        made = [made, made, made]
    return made


def total(values):
    return laughs()


def counts(words):
    return {"x": laughs(), "y": tuple(laughs())}


def twice(f, x):
    return f(laughs())
