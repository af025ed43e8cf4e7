# family: stealing the reference
# tries: to import the instructor's solution under the names that it may have

# %% end
import importlib
import sys

print(sys.path)
for name in ("solution", "lesson", "source", "reference", "grader_tests", "answers", "tests", "autograde", "conftest"):
    for module in (name, f"{name}.lesson", f"{name}.exercises", f"gabarito.{name}", f"tests.submissions.{name}"):
        try:
            found = importlib.import_module(module)
            print(module, vars(found))
        except ImportError:
            pass
for name, module in list(sys.modules.items()):
    if name.startswith("gabarito"):
        print(name, [v for v in vars(module).values() if isinstance(v, (str, bytes)) and "sea" "led_" in str(v)])
