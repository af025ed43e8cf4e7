# exercise: net

# %% right
class Base(nn.Module):
    def forward(self, x):
        return self.layers(x)


class Net(Base):
    def __init__(self, width=5):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 2))
