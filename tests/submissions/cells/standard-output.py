# about: what the student's function prints, captured by the test

# %% right
def triangle(n):
    for i in range(1, n + 1):
        print("*" * i)


def warn(text):
    import sys

    print("warning:", text, file=sys.stderr)

# %% test
import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()) as out:
    triangle(3)
assert out.getvalue() == "*\n**\n***\n"
### BEGIN HIDDEN TESTS: nothing, and the other stream
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
    triangle(0)
    warn("low")
assert out.getvalue() == "" and err.getvalue() == "warning: low\n"
with contextlib.redirect_stdout(io.StringIO()) as out:
    print("test")
    triangle(1)
    print("end")
assert out.getvalue().split() == ["test", "*", "end"]
### END HIDDEN TESTS
