# exercise: softmax

# %% right
from functools import partial

softmax = partial(torch.softmax, dim=1)
