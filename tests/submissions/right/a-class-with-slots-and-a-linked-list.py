# exercise: stack

# %% right
class Stack:
    __slots__ = ("_size", "_top")

    def __init__(self, *items):
        self._top, self._size = None, 0
        for item in items:
            self.push(item)

    def push(self, item, /):
        self._top = (item, self._top)
        self._size += 1
        return self

    def pop(self):
        if self._top is None:
            raise IndexError
        item, self._top = self._top
        self._size -= 1
        return item

    @property
    def size(self):
        return self._size

    def __len__(self):
        return self.size
