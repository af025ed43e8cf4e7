# family: patched libraries
# tries: to put modules of its own in the place of numpy.testing, torch.testing and unittest

# %% start
import sys
import types
from unittest.mock import MagicMock

import numpy
import torch


class Fake(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock()


for name, owner in (("numpy.testing", numpy), ("torch.testing", torch), ("unittest", None), ("statistics", None)):
    sys.modules[name] = Fake(name)
    if owner is not None:
        setattr(owner, "testing", sys.modules[name])
