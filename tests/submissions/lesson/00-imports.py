# %% given
import math
import random
import unittest

import numpy as np
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn


def same(a, b):
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b), 1)
