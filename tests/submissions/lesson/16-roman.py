# %% right
def roman(n):
    signs = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC")]
    signs += [(50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]
    written = ""
    for value, sign in signs:
        while n >= value:
            written, n = written + sign, n - value
    return written

# %% wrong
def roman(n):
    return ""

# %% visible
def roman(n):
    return "IV"

# %% test
score = 0.0
if roman(4) == "IV":
    score += 0.5
### BEGIN HIDDEN TESTS: years
# sealed_dunlin
if roman(1994) == "MCMXCIV":
    score += 0.5
### END HIDDEN TESTS
score
