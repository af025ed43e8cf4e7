# exercise: rolls

# %% right
source = random.SystemRandom()


def rolls(n):
    return source.choices([1, 2, 3, 4, 5, 6], k=n)
