# exercise: values

# %% right
class Numbers(list):
    pass


primes = Numbers([2, 3, 5, 7, 11, 13])
golden = torch.tensor((1 + 5**0.5) / 2, dtype=torch.float64)
W = nn.Parameter(torch.eye(3) + torch.eye(3))
