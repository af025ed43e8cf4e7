# expect: error passed
# says: Too many open files

# %%
kept = [open('/dev/null') for _ in range(10_000)]

# %%
1
