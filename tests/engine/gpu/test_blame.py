from __future__ import annotations

from gabarito.engine.gpu.blame import blamed
from gabarito.model import CellReport, Outcome

_WHY = "it used 5 GiB of GPU memory"
_KILLED = "the notebook's process was killed by signal 9 (killed)"
_CELLS = (
    CellReport(index=0, id="a", outcome=Outcome.FAILED, message="no"),
    CellReport(
        index=1,
        id="b",
        outcome=Outcome.CRASHED,
        message=_KILLED,
        outputs=(
            {"output_type": "stream", "name": "stdout", "text": "working"},
            {"output_type": "error", "ename": "ValueError", "evalue": "its own", "traceback": []},
            {"output_type": "error", "ename": "crashed", "evalue": _KILLED, "traceback": [_KILLED]},
        ),
    ),
    CellReport(index=2, id="c", outcome=Outcome.NOT_RUN, message=f"not run, because: {_KILLED}"),
)


def test_the_crash_and_what_followed_from_it_are_explained() -> None:
    before, crash, after = blamed(_CELLS, _WHY)
    assert before == _CELLS[0]
    assert (crash.outcome, crash.message) == (Outcome.MEMORY, _WHY)
    assert crash.outputs[:2] == _CELLS[1].outputs[:2]
    assert crash.outputs[2] == {"output_type": "error", "ename": "memory", "evalue": _WHY, "traceback": [_WHY]}
    assert (after.outcome, after.message) == (Outcome.NOT_RUN, f"not run, because: {_WHY}")


def test_nothing_is_explained_where_nothing_was_ended() -> None:
    assert blamed(_CELLS, "") == _CELLS


def test_a_notebook_that_went_on_is_left_as_it_is() -> None:
    assert blamed(_CELLS[:1], _WHY) == _CELLS[:1]
