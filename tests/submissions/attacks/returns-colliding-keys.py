# family: codec bombs
# tries: to keep whoever rebuilds a dict or a set busy with keys of equal hashes

# %% answer counts rolls
import sys

M = sys.hash_info.modulus


class Cheap(int):
    pass


def counts(words):
    return {1 + k * M: 1 for k in range(3000)}


def rolls(n):
    return {1 + k * M for k in range(3000)}
