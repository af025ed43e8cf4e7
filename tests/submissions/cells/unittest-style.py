# about: a TestCase that the test cell runs itself

# %% right
def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)

# %% test
import unittest


class TestLeap(unittest.TestCase):
    def setUp(self):
        self.years = [1996, 2000, 2024]

    def test_leap(self):
        for year in self.years:
            with self.subTest(year=year):
                self.assertTrue(is_leap(year))

    def test_common(self):
        self.assertFalse(is_leap(1900))
        self.assertIs(is_leap(2023), False)


result = unittest.TextTestRunner(verbosity=0).run(unittest.defaultTestLoader.loadTestsFromTestCase(TestLeap))
assert result.wasSuccessful(), [str(f) for f in result.failures + result.errors]
### BEGIN HIDDEN TESTS: all years
assert sum(map(is_leap, range(2000, 2400))) == 97
assert result.testsRun == 2
### END HIDDEN TESTS
