# expect: error passed
# says: Resource temporarily unavailable

# %%
import os
import time

for _ in range(100):
    if os.fork() == 0:
        time.sleep(1000)
        os._exit(0)

# %%
1
