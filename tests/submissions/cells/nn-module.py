# about: a module of the student's, its parameters, modes and state

# %% given
import torch
from torch import nn

# %% right
class Classifier(nn.Module):
    def __init__(self, features, classes, p=0.5):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, 8), nn.ReLU(), nn.Dropout(p), nn.Linear(8, classes))
        self.classes = classes

    def forward(self, x):
        return self.layers(x)

    @torch.no_grad()
    def predict(self, x):
        return self(x).argmax(dim=1)

# %% test
model = Classifier(4, 3)
assert isinstance(model, nn.Module)
x = torch.randn(10, 4)
assert model(x).shape == (10, 3)
assert model.predict(x).dtype == torch.int64
### BEGIN HIDDEN TESTS: modes and state
model.eval()
assert not model.training and torch.equal(model(x), model(x))
model.train()
assert not torch.equal(model(x), model(x))
state = {name: value.clone() for name, value in model.state_dict().items()}
assert len(state) == 4
other = Classifier(4, 3)
other.load_state_dict(state)
model.eval(), other.eval()
torch.testing.assert_close(model(x), other(x))
assert all(p.requires_grad for p in model.parameters())
assert not model.predict(x).requires_grad
assert sum(isinstance(m, nn.Linear) for m in model.modules()) == 2
model(x).sum().backward()
assert all(p.grad is not None for p in model.parameters())
### END HIDDEN TESTS
