# expect: error passed
# says: SyntaxError

# %%
def f(:
    pass

# %%
1
