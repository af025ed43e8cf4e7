# expect: crashed not_run
# says: signal 11 (segmentation fault)

# %%
import ctypes

ctypes.string_at(0)

# %%
1
