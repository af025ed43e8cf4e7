# expect: timeout passed
# says: slept for 0.6 s without doing anything, which is the limit

# %%
import threading

threading.Event().wait()

# %%
1 + 1
