# expect: output not_run
# says: more than 256 KiB of output, which is the limit

# %%
import os

os.system('yes')

# %%
1
