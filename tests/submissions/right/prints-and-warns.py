# exercise: ratio

# %% right
import warnings


def ratio(a, b):
    print("a is", a)
    if b == 0:
        warnings.warn("about to fail")
        raise ValueError("division by zero")
    return a / b
