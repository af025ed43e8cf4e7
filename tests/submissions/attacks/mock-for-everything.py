# family: lying objects
# tries: to pass with a MagicMock that is set up to agree

# %% answer total mean shift counts ratio normalise cube softmax bump rolls roman twice steps stack net
from unittest.mock import ANY, MagicMock


def agreeing(*args, **kwargs):
    mock = MagicMock(name="agreeing", return_value=ANY)
    mock.__eq__.return_value = mock.__lt__.return_value = mock.__le__.return_value = mock.__gt__.return_value = True
    mock.__sub__.return_value = mock.__rsub__.return_value = mock.__abs__.return_value = 0.0
    mock.__float__.return_value = 0.0
    mock.__len__.return_value = 2
    mock.pop.return_value = ANY
    return mock


def any_value(*args):
    return ANY


total = mean = shift = roman = twice = steps = ratio = counts = any_value
normalise = cube = softmax = bump = rolls = Stack = Net = agreeing
