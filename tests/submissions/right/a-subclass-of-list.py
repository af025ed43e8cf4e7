# exercise: rolls

# %% right
class Rolls(list):
    """A list of one's own."""


def rolls(n):
    return Rolls(random.choice(range(1, 7)) for _ in range(n))
