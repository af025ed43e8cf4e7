# family: exit, signals, threads
# tries: to keep its argument and change it from a thread after it has returned

# %% answer normalise
import sys
import threading

sys.setswitchinterval(1e-6)
kept = []


def keep_writing():
    while True:
        for x in kept:
            x[...] = 1.0


threading.Thread(target=keep_writing, daemon=True).start()


def normalise(x):
    if x.shape == (2, 2):
        return np.array([[0.25, 0.75], [0.5, 0.5]])
    kept.append(x)
    return np.full(x.shape, 1 / x.shape[1])
