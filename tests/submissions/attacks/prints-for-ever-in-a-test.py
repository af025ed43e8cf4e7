# family: denial
# tries: to fill the report with output, past all counting

# %% answer total mean
import os
import sys


def total(values):
    while True:
        try:
            print("x" * 10_000)
            os.write(1, b"y" * 10_000)
        except BaseException:
            pass


mean = total
