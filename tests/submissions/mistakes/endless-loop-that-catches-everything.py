# expect: timeout
# says: 0.6 s of CPU time, which is the limit

# %%
while True:
    try:
        while True:
            sum(range(1000))
    except BaseException:
        continue
