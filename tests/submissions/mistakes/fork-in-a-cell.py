# expect: passed passed

# %%
import os

pid = os.fork()
print('parent' if pid else 'child')

# %%
print('once')
