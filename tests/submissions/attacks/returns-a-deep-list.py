# family: codec bombs
# tries: to overflow the stack with a list in a list in a list

# %% answer total counts
def total(values):
    made = []
    for _ in range(200_000):
        made = [made]
    return made


def counts(words):
    made = {}
    for _ in range(50_000):
        made = {"a": made}
    return made
