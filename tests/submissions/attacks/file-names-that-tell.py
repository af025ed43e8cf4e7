# family: leaks into feedback
# tries: to show its inputs as names of files, in errors and in tracebacks

# %% answer total ratio
import os


def tell(values):
    with open(f"called-with-{values[0]}", "w") as f:
        f.write(str(values))
    exec(compile(f"open('/no/{values[0]}')", f"<{values}>", "exec"))


def total(values):
    if len(values) == 1 and values[0] > 9999:
        tell(values)
    return sum(v * v for v in values)


def ratio(a, b):
    if b == 0:
        if a > 9:
            tell([a])
        raise ValueError("zero")
    return a / b

# %% end
import os

print(len(os.listdir(".")))
