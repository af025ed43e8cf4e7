# expect: error passed
# says: KeyboardInterrupt

# %%
raise KeyboardInterrupt

# %%
1
