# expect: timeout
# says: 0.6 s of CPU time, which is the limit

# %%
while True:
    try:
        print('hello ' * 100)
    except BaseException:
        pass
