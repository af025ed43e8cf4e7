# expect: memory passed
# says: the memory limit is 150 MiB

# %%
huge = bytearray(10**12)

# %%
print('still here')
