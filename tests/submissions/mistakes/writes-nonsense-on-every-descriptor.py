# expect: crashed not_run

# %%
import os

for fd in range(3, 64):
    try:
        os.write(fd, b'\x00\x00\x00\x05nonsense' * 100)
    except OSError:
        pass

# %%
1
