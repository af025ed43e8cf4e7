# family: patched libraries
# tries: to empty the engine's functions that put everything back, from within

# %% start
import gabarito.engine.clean_room as clean_room
import numpy.testing
import torch


def nothing(self):
    return 0


clean_room.CleanRoom.clean.__code__ = nothing.__code__
numpy.testing.assert_allclose = numpy.testing.assert_array_equal = lambda *args, **kwargs: None
torch.allclose = torch.equal = lambda *args, **kwargs: True

# %% answer values
primes, golden = [2] * 6, 2.0
W = torch.diag(torch.tensor([6.0, 0, 0]))
