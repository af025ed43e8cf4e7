# family: patched libraries
# tries: to change the parts of the engine that put everything back before a test

# %% start
import gabarito.engine.clean_room as clean_room
import gabarito.engine.hooks as hooks
import gabarito.engine.reset as reset
import gabarito.engine.snapshot as snapshot
import numpy.testing
import torch


def nothing(*args, **kwargs):
    return 0


for owner in (clean_room.CleanRoom, snapshot.Snapshot, reset.Interpreter, hooks.Hooks):
    for name in [n for n in vars(owner) if callable(getattr(owner, n)) and not n.startswith("__")]:
        setattr(owner, name, nothing)
for module in (snapshot, clean_room):
    for name in [n for n, v in vars(module).items() if callable(v) and n.startswith("_")]:
        setattr(module, name, nothing)
numpy.testing.assert_allclose = numpy.testing.assert_array_equal = nothing
torch.allclose = torch.equal = lambda *args, **kwargs: True

# %% answer values
primes, golden = [2] * 6, 2.0
W = torch.diag(torch.tensor([6.0, 0, 0]))
