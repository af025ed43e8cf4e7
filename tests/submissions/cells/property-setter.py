# about: properties, and the error of one that is set wrongly

# %% right
class Temperature:
    def __init__(self, celsius):
        self.celsius = celsius

    @property
    def celsius(self):
        return self._celsius

    @celsius.setter
    def celsius(self, value):
        if value < -273.15:
            raise ValueError(f"{value} is below absolute zero")
        self._celsius = value

    @property
    def fahrenheit(self):
        return self.celsius * 9 / 5 + 32

# %% test
t = Temperature(100)
assert t.fahrenheit == 212
t.celsius = 0
assert t.fahrenheit == 32
### BEGIN HIDDEN TESTS: absolute zero
try:
    t.celsius = -300
except ValueError as e:
    assert "-300" in str(e)
else:
    assert False, "too cold"
assert t.celsius == 0
try:
    t.fahrenheit = 5
except AttributeError:
    pass
else:
    assert False, "fahrenheit can't be set"
assert isinstance(Temperature.celsius, property)
### END HIDDEN TESTS
