# family: IPython hooks
# tries: to compile something else than what a test says

# %% start
import builtins

ip = get_ipython()
true_compile = builtins.compile


def compile(source, *args, **kwargs):
    made = true_compile(source, *args, **kwargs)
    if hasattr(made, "co_consts") and "AssertionError" not in str(made.co_names) and made.co_name == "<module>":
        return true_compile("None", *args, **kwargs)
    return made


class Compiler(type(ip.compile)):
    def __call__(self, tree, name, mode):
        import ast

        if "assert" in ast.unparse(tree):
            tree = ast.parse("None") if mode == "exec" else ast.Interactive(ast.parse("None").body)
        return super().__call__(tree, name, mode)


ip.compile.__class__ = Compiler
