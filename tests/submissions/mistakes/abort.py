# expect: crashed not_run
# says: signal 6 (abort)

# %%
import os

os.abort()

# %%
1
