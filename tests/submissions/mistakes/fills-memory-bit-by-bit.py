# expect: memory not_run
# says: more than 150 MiB of memory, which is the limit

# %%
import time

kept = []
while True:
    try:
        kept.append(bytearray(10**6))
    except MemoryError:
        pass
    time.sleep(0.001)

# %%
1
