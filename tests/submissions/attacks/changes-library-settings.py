# family: patched libraries
# tries: to change defaults of libraries so that comparisons are coarse, silent or of nothing

# %% start
import decimal
import sys
import warnings

import numpy as np
import torch

torch.set_default_dtype(torch.float16)
torch.set_default_device("meta")
torch.set_grad_enabled(False)
np.seterr(all="ignore")
decimal.getcontext().prec = 1
warnings.simplefilter("error")
sys.setrecursionlimit(60)
sys.set_int_max_str_digits(0)
