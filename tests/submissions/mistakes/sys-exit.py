# expect: error error error passed
# says: SystemExit

# %%
import sys

sys.exit(0)

# %%
exit()

# %%
raise SystemExit

# %%
print('later cells still run')
