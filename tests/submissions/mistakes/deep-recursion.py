# expect: error passed
# says: RecursionError

# %%
def f():
    return f()


f()

# %%
1
