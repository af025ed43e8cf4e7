# family: codec bombs
# tries: to return a list that holds itself, and a dict whose values are the dict

# %% answer total counts rolls
def total(values):
    made = []
    made.append((made, {"self": made}))
    return made


def counts(words):
    made = {}
    made["a"] = made["b"] = made
    return made


def rolls(n):
    made = total(n)
    return made * n
