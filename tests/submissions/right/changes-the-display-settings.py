# exercise: softmax

# %% right
np.set_printoptions(precision=2)
torch.set_printoptions(precision=2)


def softmax(z):
    with torch.no_grad():
        z = z.double()
        return (z - z.logsumexp(1, keepdim=True)).exp().to(torch.float32)
