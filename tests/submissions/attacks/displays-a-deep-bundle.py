# family: denial
# tries: to display data that is nested too deeply, is not text, or is none at all

# %% answer total mean
from IPython.display import display


def total(values):
    deep = {}
    for _ in range(900):
        deep = {"x": deep}
    display({"application/json": deep, "text/plain": deep}, raw=True)
    display({"text/plain": float("nan"), b"\xff": 1 << 300, 7: [object()] * 1000}, raw=True, metadata={"x": {1: deep}})
    return 14


mean = total
