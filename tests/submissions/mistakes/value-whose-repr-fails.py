# expect: passed passed

# %%
class Broken:
    def __repr__(self):
        raise ValueError('no repr')


Broken()

# %%
1
