# expect: output not_run
# says: more than 256 KiB of output, which is the limit

# %%
import os

while True:
    os.write(1, b'x' * 10_000)

# %%
1
