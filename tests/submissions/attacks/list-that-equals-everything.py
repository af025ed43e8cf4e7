# family: lying objects
# tries: to pass with a subclass of list

# %% answer rolls values
class Every(list):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return True

    def __getitem__(self, place):
        return 2 if place == 0 else list.__getitem__(self, place)

    def __len__(self):
        return 6


primes = Every([0] * 6)
golden = 1
W = torch.zeros(3, 3)


def rolls(n):
    return Every([1, 2, 3, 4, 5, 6] * (n // 6))
