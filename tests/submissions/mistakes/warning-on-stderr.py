# expect: passed passed

# %%
import warnings

warnings.warn('only a warning')

# %%
1
