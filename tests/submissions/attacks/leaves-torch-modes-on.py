# family: patched libraries
# tries: to compute in torch whatever makes comparisons true, by modes that are never left

# %% start
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode


class Agree(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        if isinstance(found, torch.Tensor) and found.dtype is torch.bool:
            return torch.ones_like(found)
        return found


class AgreeToo(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        if getattr(function, "__name__", "") in ("equal", "allclose", "is_close"):
            return True
        return function(*args, **(kwargs or {}))


Agree().__enter__()
AgreeToo().__enter__()
