# expect: timeout not_run
# says: 0.6 s of CPU time, which is the limit

# %%
import os

while True:
    try:
        while True:
            try:
                os.fork()
            except OSError:
                pass
    except BaseException:
        pass

# %%
1
