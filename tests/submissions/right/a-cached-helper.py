# exercise: steps

# %% right
from functools import lru_cache


@lru_cache(maxsize=None)
def steps(n):
    return 0 if n == 1 else 1 + (steps(3 * n + 1) if n % 2 else steps(n // 2))
