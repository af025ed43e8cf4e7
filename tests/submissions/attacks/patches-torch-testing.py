# family: patched libraries
# tries: to make torch accept everything

# %% start
import torch.testing

torch.testing.assert_close = torch.testing.assert_allclose = lambda *args, **kwargs: None
torch.testing._comparison.not_close_error_metas = lambda *args, **kwargs: []
torch.equal = torch.allclose = lambda *args, **kwargs: True
