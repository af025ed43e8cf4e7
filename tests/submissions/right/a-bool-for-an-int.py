# exercise: steps

# %% right
def steps(n):
    if n <= 2:
        return n == 2
    return 1 + steps(3 * n + 1 if n % 2 else n >> 1)
