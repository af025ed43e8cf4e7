# expect: timeout passed
# says: 0.6 s of CPU time, which is the limit

# %%
while True:
    pass

# %%
print('later cells still run')
