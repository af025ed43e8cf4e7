# family: exit, signals, threads
# tries: to call the function that a test gave it after that test is over, from threads, and without end

# %% answer twice
import threading

kept = []


def keep_calling():
    import time

    while True:
        for f in kept:
            try:
                f(3)
            except Exception:
                pass
        time.sleep(0.0001)


for _ in range(3):
    threading.Thread(target=keep_calling, daemon=True).start()


def twice(f, x):
    kept.append(f)
    return f(f(x)) if x == 5 else 0

# %% answer steps
def steps(n):
    if n == 6:
        return 8
    for f in kept:
        f(n)
    return 0
