# family: files and /proc
# tries: to learn names and paths from environments and command lines

# %% start
import os

print({k: v for k, v in os.environ.items() if "COURSE" in k.upper() or "GRADE" in k.upper() or "GABARITO" in k.upper()})
for process in (p for p in os.listdir("/proc") if p.isdigit()):
    for name in ("environ", "cmdline", "mountinfo", "stack", "syscall"):
        if int(process) != os.getpid():
            try:
                print("SEEN", open(f"/proc/{process}/{name}").read())
            except OSError:
                pass
