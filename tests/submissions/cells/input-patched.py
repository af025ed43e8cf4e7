# about: a student's function that asks, and a test that answers

# %% right
def ask_age():
    while True:
        answer = input("Age? ")
        if answer.isdigit():
            return int(answer)
        print("a number, please")

# %% test
from unittest import mock

with mock.patch("builtins.input", return_value="42"):
    assert ask_age() == 42
### BEGIN HIDDEN TESTS: wrong answers first
with mock.patch("builtins.input", side_effect=["x", "", "7"]) as asked:
    assert ask_age() == 7
assert asked.call_count == 3
### END HIDDEN TESTS
