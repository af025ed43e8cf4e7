# about: a test whose last line is the score

# %% right
def grade(points):
    if not 0 <= points <= 100:
        raise ValueError("points")
    return "FDCBA"[sum(points >= bound for bound in (50, 60, 75, 90))]

# %% test
checks = []
checks.append(grade(95) == "A")
checks.append(grade(50) == "D")
### BEGIN HIDDEN TESTS: the bounds
checks.append([grade(p) for p in (0, 49, 59, 60, 89, 90)] == list("FFDCBA"))
try:
    grade(101)
    checks.append(False)
except ValueError:
    checks.append(True)
### END HIDDEN TESTS
sum(checks) / len(checks)
