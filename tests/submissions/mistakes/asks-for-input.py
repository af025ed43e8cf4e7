# expect: error passed
# says: input() can't be answered

# %%
name = input('Your name? ')

# %%
1
