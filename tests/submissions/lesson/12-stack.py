# %% right
class Stack:
    """Things put on top of each other."""

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        if not self.items:
            raise IndexError("the stack is empty")
        return self.items.pop()

    def __len__(self):
        return len(self.items)

# %% wrong
class Stack:
    def push(self, item):
        pass

    def pop(self):
        return None

    def __len__(self):
        return 0

# %% visible
class Stack:
    def push(self, item):
        pass

    def pop(self):
        return "b"

    def __len__(self):
        return 2

# %% test
stack = Stack()
stack.push("a")
stack.push("b")
assert len(stack) == 2
assert stack.pop() == "b"
### BEGIN HIDDEN TESTS: the empty stack
# sealed_hare
assert stack.pop() == "a"
try:
    stack.pop()
except IndexError:
    pass
else:
    raise AssertionError("pop from an empty stack must raise an IndexError")
other = Stack()
pushed = [random.random() for _ in range(5)]
for number in pushed:
    other.push(number)
assert [other.pop() for _ in range(5)] == pushed[::-1]
assert len(other) == 0
### END HIDDEN TESTS
