# about: variables that the student's cell must define

# %% given
import numpy as np

temperatures = np.array([12.5, 15.0, 9.0, 21.5])

# %% right
warmest = temperatures.max()
above_ten = temperatures[temperatures > 10]
labels = {i: f"day {i + 1}" for i in range(len(temperatures))}
explanation = "a mean is pulled by outliers"
matrix = np.outer(temperatures, [1, 2])

# %% test
assert warmest == 21.5
assert above_ten.tolist() == [12.5, 15.0, 21.5]
assert "explanation" in globals() and isinstance(explanation, str)
### BEGIN HIDDEN TESTS: the rest
assert labels[3] == "day 4" and len(labels) == 4
assert matrix.shape == (4, 2)
np.testing.assert_array_equal(matrix[:, 1], 2 * temperatures)
assert "outlier" in explanation
### END HIDDEN TESTS
