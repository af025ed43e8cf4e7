# expect: passed passed passed timeout not_run
# says: 1.5 s of CPU time in all, which is the limit

# %%
import time

end = time.process_time() + 0.45
while time.process_time() < end:
    pass

# %%
import time

end = time.process_time() + 0.45
while time.process_time() < end:
    pass

# %%
import time

end = time.process_time() + 0.45
while time.process_time() < end:
    pass

# %%
import time

end = time.process_time() + 0.45
while time.process_time() < end:
    pass

# %%
1
