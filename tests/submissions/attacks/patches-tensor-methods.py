# family: patched libraries
# tries: to make all tensors alike by changing the class Tensor

# %% start
import torch

one = torch.ones(1, dtype=torch.bool)
Tensor = torch.Tensor
Tensor.__eq__ = Tensor.__lt__ = Tensor.all = lambda *args, **kwargs: one
Tensor.isclose = Tensor.equal = Tensor.allclose = lambda *args, **kwargs: True
Tensor.item = lambda self: 6
Tensor.__matmul__ = lambda self, other: 2 * other
try:
    torch._C._VariableFunctions.equal = lambda *args, **kwargs: True
except AttributeError:
    pass
