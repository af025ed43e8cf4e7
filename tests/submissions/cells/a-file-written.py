# about: a file that the student's function writes and the test reads

# %% right
import csv
import json
from pathlib import Path


def save(path, rows):
    with open(path, "w", newline="") as f:
        csv.writer(f).writerows(rows)


def load(path):
    return json.loads(Path(path).read_text())

# %% test
import os

save("rows.csv", [[1, "a"], [2, "b"]])
assert os.path.exists("rows.csv")
assert open("rows.csv").read().split() == ["1,a", "2,b"]
### BEGIN HIDDEN TESTS: a file that the test writes
with open("given.json", "w") as f:
    f.write('{"x": [1, 2]}')
assert load("given.json") == {"x": [1, 2]}
try:
    load("missing.json")
except FileNotFoundError:
    pass
else:
    assert False
### END HIDDEN TESTS
