# expect: passed passed

# %%
import io
import sys

sys.stdout = io.StringIO()
print('lost')

# %%
print('lost too')
