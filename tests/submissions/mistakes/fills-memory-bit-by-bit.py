# expect: memory not_run
# says: more than 300 MiB of memory, which is the limit

# %%
kept = []
while True:
    kept.append(bytearray(10**6))

# %%
1
