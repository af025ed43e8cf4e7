# exercise: softmax

# %% right
def softmax(z):
    return torch.stack([torch.log_softmax(row, 0).exp() for row in z], dim=1).T
