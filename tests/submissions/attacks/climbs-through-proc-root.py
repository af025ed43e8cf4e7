# family: files and /proc
# tries: to see the machine's real folders through the root and cwd of other processes

# %% start
import os

for process in sorted(int(p) for p in os.listdir("/proc") if p.isdigit()) + list(range(1, 40)):
    for way in ("root", "cwd", "fd", "map_files", "task/%d/root" % process):
        try:
            path = f"/proc/{process}/{way}"
            names = os.listdir(path)
            if process != os.getpid():
                print("SEEN", path, names)
        except OSError:
            pass
try:
    os.chroot(".")
except OSError:
    pass
for flag in (0x10000000, 0x00020000, 0x40000000):
    import ctypes

    if ctypes.CDLL(None).unshare(flag) == 0:
        print("unshared", flag)
