# family: files and /proc
# tries: to find tests, records, the gradebook and other submissions anywhere on the disk

# %% start
import os

wanted = {"record.json", "gradebook.db", "nbgrader_config.py", "contract.json", "01-total.py"}
for top in ("/", "/tmp", "/work", "/root", "/home", "/srv", "/mnt", "/proc/self/cwd", "/proc/self/root", "/dev/shm", ".."):
    seen = 0
    for folder, folders, files in os.walk(top):
        folders[:] = [f for f in folders if f not in {"proc", "sys", "site-packages", "usr", "lib", "nix", "node_modules"}]
        seen += 1
        if seen > 3000:
            break
        for name in files:
            if name in wanted or name.endswith(".ipynb"):
                try:
                    print(os.path.join(folder, name), open(os.path.join(folder, name), errors="replace").read(2000))
                except OSError as e:
                    print(type(e).__name__)
