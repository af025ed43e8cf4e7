# family: lying objects
# tries: to pass with a subclass of str

# %% answer shift roman
class Text(str):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return len(self) > 0

    __hash__ = str.__hash__


def shift(text, n):
    return Text("x" if n == 1 and len(text) > 3 else "")


def roman(n):
    return Text("")
