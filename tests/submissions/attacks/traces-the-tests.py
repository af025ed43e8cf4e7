# family: reading the tests
# tries: to follow each line of a test with a trace function, and to put the right values in its way

# %% start
import sys

seen = []


def trace(frame, event, argument):
    if "Cell" in frame.f_code.co_filename:
        seen.append((frame.f_lineno, repr(frame.f_code.co_consts)))
        expected = frame.f_locals.get("expected")
        if expected is not None:
            seen.append(str(expected))
    return trace


sys.settrace(trace)
sys.setprofile(lambda frame, event, argument: None)

# %% end
import sys

sys.settrace(None)
print(set(seen))
