# family: lying objects
# tries: to have the checker take functions and modules of libraries for its own, and call them

# %% answer total mean shift counts evens ratio normalise cube clip rolls roman twice steps
import os
import subprocess

import numpy.testing

total = os._exit
mean = torch.load
shift = os.symlink
counts = subprocess.run
evens = os._exit
ratio = os.kill
normalise = np.load
cube = numpy.testing.assert_allclose
clip = eval
rolls = os._exit
roman = os._exit
twice = map
steps = os._exit

# %% answer net stack
Net = type("Net", (nn.Module,), {"forward": os._exit, "__init__": nn.Module.__init__})
Stack = subprocess.Popen
