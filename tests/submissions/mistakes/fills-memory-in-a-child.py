# expect: memory not_run
# says: more than 300 MiB of memory, which is the limit

# %%
import os

pid = os.fork()
kept = []
if pid == 0:
    while True:
        kept.append(bytearray(10**6))
os.waitpid(pid, 0)

# %%
1
