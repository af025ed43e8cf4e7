# about: assertions of every kind on plain results

# %% given
import numpy as np
import torch

# %% right
def moments(values):
    values = np.asarray(values, dtype=float)
    return {"mean": values.mean(), "var": values.var(ddof=1), "n": len(values)}


def unit(t):
    return t / t.norm()

# %% test
m = moments([1, 2, 3, 4])
assert np.isclose(m["mean"], 2.5), f"mean is {m['mean']}"
np.testing.assert_almost_equal(m["var"], 5 / 3)
assert m["n"] == 4
### BEGIN HIDDEN TESTS: with every library
np.testing.assert_equal(set(m), {"mean", "var", "n"})
np.testing.assert_array_less([m["var"]], [2])
np.testing.assert_raises(Exception, moments, "x")
assert isinstance(m["mean"], float)
u = unit(torch.tensor([3.0, 4.0]))
torch.testing.assert_close(u, torch.tensor([0.6, 0.8]))
assert torch.all(u > 0) and u.norm().item() == 1.0 or torch.isclose(u.norm(), torch.tensor(1.0))
assert round(float(u[0]), 3) == 0.6
assert u.tolist() == [0.6000000238418579, 0.800000011920929]
assert u.numpy().dtype == np.float32
### END HIDDEN TESTS
