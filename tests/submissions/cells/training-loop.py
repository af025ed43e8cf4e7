# about: a training loop of the student's, given a model, data and an optimiser by the test

# %% given
import torch
from torch import nn

# %% right
def train(model, batches, optimiser, loss_function):
    losses = []
    model.train()
    for x, y in batches:
        optimiser.zero_grad()
        loss = loss_function(model(x), y)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses

# %% test
model = nn.Linear(2, 1)
start = model.weight.detach().clone()
data = [(torch.randn(8, 2), torch.randn(8, 1)) for _ in range(5)]
losses = train(model, data, torch.optim.Adam(model.parameters(), lr=0.1), nn.MSELoss())
assert len(losses) == 5 and all(isinstance(loss, float) for loss in losses)
assert not torch.equal(model.weight, start)
### BEGIN HIDDEN TESTS: a generator of batches, and learning
x = torch.randn(64, 2)
y = x @ torch.tensor([[2.0], [-1.0]])
model = nn.Linear(2, 1)
optimiser = torch.optim.SGD(model.parameters(), lr=0.2)
losses = train(model, ((x, y) for _ in range(60)), optimiser, nn.functional.mse_loss)
assert losses[-1] < losses[0] / 50
assert model.training
### END HIDDEN TESTS
