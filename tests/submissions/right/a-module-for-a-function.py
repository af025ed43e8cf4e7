# exercise: softmax

# %% right
class Softmax(nn.Softmax):
    pass


softmax = Softmax(dim=-1)
