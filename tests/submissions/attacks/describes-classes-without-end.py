# family: codec bombs
# tries: to use up the checker's time and memory with classes that have thousands of bases, names and methods

# %% answer total mean shift counts rolls
def total(*args):
    def describe(bases):
        many = {f"name_{i}": i for i in range(2000)}
        return type("C" * 100_000, bases, {"__doc__": "d" * 1_000_000, **many})

    found = [describe(()) for _ in range(100)]
    while len(found) < 1500:
        found.append(describe(tuple(found[-90:])) if len(found) == 100 else describe(()))
    return [cls() for cls in found]


mean = shift = counts = rolls = total
