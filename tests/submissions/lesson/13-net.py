# %% right
class Net(nn.Module):
    """Two layers: 3 numbers in, 2 out."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 5)
        self.second = nn.Linear(5, 2)

    def forward(self, x):
        return self.second(torch.relu(self.first(x)))

# %% wrong
class Net(nn.Module):
    def forward(self, x):
        return x

# %% visible
class Net(nn.Module):
    def forward(self, x):
        return x[:, :2]

# %% test
net = Net()
assert isinstance(net, nn.Module)
assert net(torch.randn(7, 3)).shape == (7, 2)
### BEGIN HIDDEN TESTS: parameters and training
# sealed_mink
assert sum(p.numel() for p in net.parameters()) == 32
x, wanted = torch.randn(16, 3), torch.randn(16, 2)
optimiser = torch.optim.SGD(net.parameters(), lr=0.05)
losses = []
for _ in range(15):
    loss = nn.functional.mse_loss(net(x), wanted)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    losses.append(loss.item())
assert losses[-1] < losses[0]
### END HIDDEN TESTS
