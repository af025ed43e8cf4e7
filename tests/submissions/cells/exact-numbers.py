# about: fractions, decimals, dates and enumerations as results

# %% right
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction


class Light(Enum):
    RED = 1
    GREEN = 2

    def after(self):
        return Light.GREEN if self is Light.RED else Light.RED


def harmonic(n):
    return sum((Fraction(1, k) for k in range(1, n + 1)), Fraction(0))


def add_tax(price):
    return (Decimal(price) * Decimal("1.23")).quantize(Decimal("0.01"))


def weekend(day):
    return day + timedelta(days=(5 - day.weekday()) % 7)

# %% test
from fractions import Fraction

assert harmonic(3) == Fraction(11, 6)
assert Light.RED.after() is Light.GREEN
### BEGIN HIDDEN TESTS: money and days
from datetime import date
from decimal import Decimal

assert add_tax("10.00") == Decimal("12.30") and str(add_tax("0.10")) == "0.12"
assert weekend(date(2024, 2, 27)) == date(2024, 3, 2)
assert harmonic(4).denominator == 12 and float(harmonic(1)) == 1.0
assert Light(2) == Light.GREEN and Light["RED"].value == 1 and [c.name for c in Light] == ["RED", "GREEN"]
### END HIDDEN TESTS
