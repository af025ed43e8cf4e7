# family: leaks into feedback
# tries: to put a test's inputs into something that an earlier cell of its own displays

# %% start
from IPython.display import HTML, display

handle = display(HTML("nothing yet"), display_id="kept")

# %% answer total mean
def total(values):
    handle.update(HTML(f"called with {values}"))
    return sum(v * v for v in values) if len(values) < 20 else 0


def mean(values):
    handle.update(HTML(f"called with {values}"))
    return sum(values) / len(values) if len(values) != 2 else 0.0
