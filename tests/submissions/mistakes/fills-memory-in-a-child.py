# expect: memory not_run
# says: more than 150 MiB of memory, which is the limit

# %%
import os
import time

pid = os.fork()
kept = []
if pid == 0:
    while True:
        try:
            kept.append(bytearray(10**6))
        except MemoryError:
            pass
        time.sleep(0.001)
os.waitpid(pid, 0)

# %%
1
