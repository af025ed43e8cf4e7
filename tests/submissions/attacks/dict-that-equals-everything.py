# family: lying objects
# tries: to pass with a subclass of dict

# %% answer counts
class Every(dict):
    def __eq__(self, other):
        return True

    def __bool__(self):
        return False

    def __missing__(self, key):
        return 1

    def values(self):
        return [30]

    def __iter__(self):
        return iter(sorted("xyz"))


def counts(words):
    return Every()
