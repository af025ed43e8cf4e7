# expect: timeout not_run
# says: slept for 0.6 s without doing anything, which is the limit

# %%
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)

# %%
1
