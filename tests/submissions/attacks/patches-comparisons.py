# family: patched libraries
# tries: to make allclose, isclose and equal say yes

# %% start
import math

import numpy as np
import torch


def yes(*args, **kwargs):
    return True


np.allclose = np.isclose = np.array_equal = math.isclose = yes
torch.allclose = torch.equal = torch.isclose = yes
torch.isfinite = lambda *args: torch.ones(1, dtype=torch.bool)
