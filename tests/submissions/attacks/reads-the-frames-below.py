# family: reading the tests
# tries: to print the code of the test that calls it

# %% answer total mean steps twice softmax
import inspect
import sys

seen = []


def look(*args):
    frame = sys._getframe(1)
    while frame is not None:
        code = frame.f_code
        seen.append(repr((code.co_filename, code.co_consts, code.co_names)))
        try:
            seen.append(inspect.getsource(code))
        except (OSError, TypeError):
            pass
        seen.extend(str(v) for v in frame.f_locals.values() if "HIDDEN" in str(v))
        frame = frame.f_back
    return args


total = mean = steps = twice = softmax = look

# %% end
print("\n".join(seen)[:9000])
