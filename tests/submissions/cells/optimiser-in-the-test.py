# about: a model of the student's that the test trains

# %% given
import torch
from torch import nn

# %% right
class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.zeros(()))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return self.slope * x + self.offset


def loss_of(model, x, y):
    return ((model(x) - y) ** 2).mean()

# %% test
model = Line()
x = torch.linspace(-1, 1, 21)
y = 3 * x - 1
optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
before = loss_of(model, x, y).item()
for _ in range(30):
    optimiser.zero_grad()
    loss = loss_of(model, x, y)
    loss.backward()
    optimiser.step()
assert loss.item() < before / 100
### BEGIN HIDDEN TESTS: where it ends
assert abs(model.slope.item() - 3) < 0.1
assert abs(model.offset.item() + 1) < 0.05
model.zero_grad()
loss_of(model, x, y).backward()
assert model.slope.grad.abs() < 0.2
with torch.no_grad():
    model.slope.fill_(0)
assert torch.allclose(model(x), model.offset.detach().expand(21))
### END HIDDEN TESTS
