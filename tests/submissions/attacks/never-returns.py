# family: denial
# tries: to keep a test waiting for ever, busy and asleep, and to hold on to it

# %% answer total steps
import signal
import time


def total(values):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            time.sleep(3600)
        except BaseException:
            pass
