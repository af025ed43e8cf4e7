# expect: timeout passed
# says: slept for 0.6 s without doing anything, which is the limit

# %%
import threading

lock = threading.Lock()
lock.acquire()
lock.acquire()

# %%
1 + 1
