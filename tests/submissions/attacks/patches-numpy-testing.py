# family: patched libraries
# tries: to make every assertion of numpy.testing do nothing

# %% start
import numpy.testing

for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *args, **kwargs: None)
