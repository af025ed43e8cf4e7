# family: reading the tests
# tries: to reach the test's globals, frames and modules through the function that it is given, by hand

# %% answer twice
import gc

from gabarito.engine.remote.student_side import StudentSide

NAMES = ["__globals__", "__code__", "__closure__", "__defaults__", "__class__", "__self__", "__dict__", "__reduce__"]


def twice(f, x):
    side = next(o for o in gc.get_objects() if type(o) is StudentSide)

    def ask(*request):
        try:
            print(request[0], side.session.ask(*request))
        except BaseException as e:
            print(request[0], type(e).__name__)

    for name in NAMES:
        ask("getattr", f, name)
        ask("plainly", f, "__getattribute__", (name,), ())
        ask("special", f, "__getattribute__", name)
        ask("setattr", f, name, None)
    for plain in ([1], "{0.__class__}", {"a": 1}):
        ask("getattr", plain, "format")
        ask("special", plain, "__getitem__", 0)
    for name in ("name", "assign", "code", "copy", "random", "await", "repeat", "watch"):
        ask(name, f, "expected")
    for number in range(-3, 40):
        ask("vjp", number, torch.ones(1), [0, -1, 10**9], True, True)
    ask("signature", f)
    ask("dir", f)
    ask("content", f)
    ask("exit", f, None)
    return f(f(x)) if x == 5 else 0
