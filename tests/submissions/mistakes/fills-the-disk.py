# expect: error passed
# says: File too large

# %%
with open('big', 'wb') as f:
    while True:
        f.write(bytes(10**6))

# %%
1
