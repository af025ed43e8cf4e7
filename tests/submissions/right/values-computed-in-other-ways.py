# exercise: values

# %% right
primes = [n for n in range(2, 14) if all(n % d for d in range(2, n))]
golden = np.float64(2) * np.cos(np.pi / 5)
W = torch.diag(torch.full((3,), 2.0)).t()[:, :]
