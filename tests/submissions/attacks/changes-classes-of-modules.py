# family: patched libraries
# tries: to change modules by giving them another class, without touching what they hold

# %% start
import types

import numpy.testing
import torch
import torch.testing


class Lenient(types.ModuleType):
    def __getattribute__(self, name):
        if name.startswith("assert") or name in {"equal", "allclose"}:
            return lambda *args, **kwargs: True
        return super().__getattribute__(name)


numpy.testing.__class__ = torch.testing.__class__ = torch.__class__ = Lenient
