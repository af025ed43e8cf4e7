# about: objects that refer to each other, walked by the test

# %% right
class Node:
    def __init__(self, value, left=None, right=None):
        self.value, self.left, self.right = value, left, right


def insert(node, value):
    if node is None:
        return Node(value)
    if value < node.value:
        node.left = insert(node.left, value)
    else:
        node.right = insert(node.right, value)
    return node


def in_order(node):
    return [] if node is None else [*in_order(node.left), node.value, *in_order(node.right)]

# %% test
root = None
for value in [5, 2, 8, 1]:
    root = insert(root, value)
assert in_order(root) == [1, 2, 5, 8]
assert root.left.value == 2 and root.left.left.value == 1
### BEGIN HIDDEN TESTS: a tree of the test's own
tree = Node(1, Node(0), Node(2))
assert in_order(tree) == [0, 1, 2]
assert insert(tree, 3) is tree and tree.right.right.value == 3
assert tree.left.left is None
tree.left = None
assert in_order(tree) == [1, 2, 3]


def height(node):
    return 0 if node is None else 1 + max(height(node.left), height(node.right))


assert height(root) == 3
### END HIDDEN TESTS
