# exercise: stack

# %% right
from collections import deque


class Stack(deque):
    push = deque.append
