# expect: crashed not_run
# says: signal 11 (segmentation fault)

# %%
import gc
import sys

gc.disable()  # or it would look through them again and again
sys.setrecursionlimit(10**9)
one = other = None
for _ in range(500_000):  # deep enough for the stack, small enough for the memory
    one, other = (one,), (other,)
one == other

# %%
1
