# expect: passed passed

# %%
import os

os.rmdir(os.getcwd())

# %%
1
