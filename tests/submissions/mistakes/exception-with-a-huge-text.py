# expect: error passed
# says: ValueError

# %%
raise ValueError('x' * 10**6)

# %%
1
