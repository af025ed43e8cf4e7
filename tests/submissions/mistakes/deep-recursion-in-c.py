# expect: crashed not_run
# says: signal 11 (segmentation fault)

# %%
import sys

sys.setrecursionlimit(10**9)
one = other = None
for _ in range(600_000):
    one, other = [one], [other]
one == other

# %%
1
