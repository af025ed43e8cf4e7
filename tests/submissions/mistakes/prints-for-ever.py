# expect: output passed
# says: more than 256 KiB of output, which is the limit

# %%
while True:
    print('hello ' * 100)

# %%
print('later cells still run')
