# exercise: stack

# %% right
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stack:
    items: list[Any] = field(default_factory=list)

    def push(self, item):
        self.items += [item]

    def pop(self):
        *self.items, last = self.items or self.fail()
        return last

    def fail(self):
        raise IndexError("nothing to pop")

    def __len__(self):
        return sum(1 for _ in self.items)
