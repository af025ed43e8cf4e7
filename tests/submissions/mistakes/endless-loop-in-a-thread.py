# expect: passed timeout
# says: 0.6 s of CPU time, which is the limit

# %%
import threading


def spin():
    while True:
        pass


threading.Thread(target=spin, daemon=True).start()

# %%
while True:
    pass
