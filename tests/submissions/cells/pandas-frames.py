# about: frames and series
# needs: pandas

# %% given
import pandas as pd

sales = pd.DataFrame({"city": ["A", "B", "A"], "amount": [10.0, 5.0, 2.5], "day": [1, 1, 2]})

# %% right
def by_city(frame):
    return frame.groupby("city")["amount"].sum().sort_index()


def clean(frame):
    return frame.dropna().reset_index(drop=True)


summary = sales.describe()

# %% test
totals = by_city(sales)
assert totals["A"] == 12.5
assert list(totals.index) == ["A", "B"]
### BEGIN HIDDEN TESTS: other frames
pd.testing.assert_series_equal(totals, pd.Series([12.5, 5.0], index=pd.Index(["A", "B"], name="city"), name="amount"))
dirty = pd.DataFrame({"a": [1.0, None, 3.0], "b": ["x", "y", None]})
cleaned = clean(dirty)
assert cleaned.shape == (1, 2) and cleaned.loc[0, "b"] == "x"
assert len(dirty) == 3 and isinstance(cleaned, pd.DataFrame)
assert summary.loc["max", "amount"] == 10.0
### END HIDDEN TESTS
