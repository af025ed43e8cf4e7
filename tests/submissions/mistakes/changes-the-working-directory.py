# expect: passed passed

# %%
import os

os.chdir('/')

# %%
1
