# exercise: total

# %% right
class Total:
    def __call__(self, values):
        found = 0
        for value in values:
            found += value**2
        return found


total = Total()
