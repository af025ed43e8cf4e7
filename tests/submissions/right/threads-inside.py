# exercise: mean

# %% right
from concurrent.futures import ThreadPoolExecutor


def mean(values):
    half = len(values) // 2
    with ThreadPoolExecutor(2) as pool:
        return math.fsum(pool.map(sum, [values[:half], values[half:]])) / len(values)
