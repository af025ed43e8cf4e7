# expect: error passed
# says: can't be answered

# %%
import getpass

getpass.getpass()

# %%
1
