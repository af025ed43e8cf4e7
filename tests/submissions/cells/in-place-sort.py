# about: lists and dicts changed in place

# %% right
def insertion_sort(items):
    for i in range(1, len(items)):
        j = i
        while j and items[j] < items[j - 1]:
            items[j], items[j - 1] = items[j - 1], items[j]
            j -= 1


def merge_into(target, source):
    for key, value in source.items():
        target.setdefault(key, []).append(value)
    return target

# %% test
items = [3, 1, 2]
same = items
assert insertion_sort(items) is None
assert items == [1, 2, 3] and same is items
### BEGIN HIDDEN TESTS: random lists and nested ones
import random

for _ in range(5):
    items = [random.randrange(100) for _ in range(random.randrange(12))]
    copy = sorted(items)
    insertion_sort(items)
    assert items == copy
target = {"a": [1]}
inner = target["a"]
assert merge_into(target, {"a": 2, "b": 3}) is target
assert inner == [1, 2] and target["b"] == [3]
### END HIDDEN TESTS
