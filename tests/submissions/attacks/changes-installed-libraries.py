# family: writing what is not its own
# tries: to change the files of libraries and their compiled forms

# %% start
import importlib.util
import os

import numpy.testing._private.utils as utils

for path in (utils.__file__, utils.__cached__, os.__file__, importlib.util.cache_from_source(os.__file__)):
    for how in ("a", "w"):
        try:
            with open(path, how) as f:
                f.write("\nassert_allclose = lambda *a, **k: None\n")
        except (OSError, TypeError):
            pass
    try:
        os.chmod(path, 0o666)
        os.rename(path, path + "x")
    except (OSError, TypeError):
        pass
