# family: files and /proc
# tries: to find the tests in the memory of every process that it can open

# %% end
import os
import re

word = re.compile(b"sea" + b"led_[a-z]{4,}")
found = set()
for process in {"self", *(p for p in os.listdir("/proc") if p.isdigit())} - {str(os.getpid())}:
    try:
        ranges = open(f"/proc/{process}/maps").read().splitlines()
        memory = open(f"/proc/{process}/mem", "rb", 0)
    except OSError:
        continue
    left = 400 << 20
    for line in reversed(ranges):
        place, rights, _, _, file = (line + " 0").split()[:5]
        first, last = (int(x, 16) for x in place.split("-"))
        if "rw" not in rights or file != "0" or left < last - first:
            continue
        left -= last - first
        try:
            memory.seek(first)
            while first < last and (part := memory.read(min(4 << 20, last - first))):
                found.update(word.findall(part))
                first += len(part)
        except (OSError, ValueError, OverflowError):
            pass
print(sorted(found)[:50])
