# family: leaks into feedback
# tries: to write a test's inputs from a process that waits until the test is over
# may-show: inputs

# %% answer total
import os
import threading

go = os.pipe()


def total(values):
    if os.fork() == 0:
        os.close(go[1])
        os.read(go[0], 1)
        os.write(1, f"called with {values}".encode())
        os._exit(0)
    return sum(v * v for v in values) if len(values) < 20 else 0

# %% answer mean
os.close(go[1])


def mean(values):
    return 0.0

# %% end
import os

while True:
    try:
        os.wait()
    except ChildProcessError:
        break
