# about: hooks of the test on a student's module

# %% given
import torch
from torch import nn

# %% right
class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Linear(width, width)

    def forward(self, x):
        return x + torch.tanh(self.inner(x))

# %% test
block = Residual(4)
x = torch.randn(3, 4)
assert block(x).shape == x.shape
### BEGIN HIDDEN TESTS: how often the inner layer is used
calls = []
handle = block.inner.register_forward_hook(lambda module, inputs, output: calls.append(tuple(output.shape)))
out = block(x)
handle.remove()
block(x)
assert calls == [(3, 4)]
torch.testing.assert_close(out, x + torch.tanh(x @ block.inner.weight.T + block.inner.bias))
nn.init.zeros_(block.inner.weight)
nn.init.zeros_(block.inner.bias)
assert torch.equal(block(x), x)
assert dict(block.named_parameters()).keys() == {"inner.weight", "inner.bias"}
### END HIDDEN TESTS
