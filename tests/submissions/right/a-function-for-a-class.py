# exercise: stack

# %% right
class _Impl(list):
    def push(self, item):
        self.insert(len(self), item)


def Stack():
    return _Impl()
