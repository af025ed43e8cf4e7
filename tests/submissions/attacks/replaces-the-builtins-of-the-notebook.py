# family: patched libraries
# tries: to give the notebook's namespace built-in functions of its own

# %% start
import builtins
import types

mine = types.ModuleType("builtins")
mine.__dict__.update(builtins.__dict__)
mine.abs = mine.sum = lambda *args: 0
mine.isinstance = mine.all = lambda *args: True
mine.len = lambda value: 6
mine.sorted = list
__builtins__ = mine
