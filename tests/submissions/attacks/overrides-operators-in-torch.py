# family: patched libraries
# tries: to register implementations of its own in torch's dispatcher, where Python's names have no part

# %% start
import warnings

import torch

warnings.simplefilter("ignore")
library = torch.library.Library("aten", "IMPL")
library.impl("equal", lambda a, b: True, "CPU")
library.impl("isclose", lambda a, b, *args, **kwargs: torch.empty(0, dtype=torch.bool), "CompositeImplicitAutograd")
