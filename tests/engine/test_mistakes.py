"""Every kind of mistake ends in its own outcome, with one plain sentence, and the next job is not touched by it."""

from __future__ import annotations

import pytest

from gabarito.engine import Worker
from gabarito.model import Outcome
from tests.engine.jobs import TIGHT, job
from tests.submissions.loading import Sample, load_samples


@pytest.mark.parametrize("sample", load_samples("mistakes"), ids=lambda s: s.name)
def test_a_mistake_has_its_outcome_and_stays_alone(sample: Sample, worker: Worker) -> None:
    report = worker.run(job(*sample.cells, limits=TIGHT))

    assert [c.outcome for c in report.cells] == list(sample.expect)
    told = [c for c in report.cells if c.outcome is not Outcome.PASSED]
    assert not told or sample.says in told[0].message
    for cell in report.cells:
        assert bool(cell.message) == (cell.outcome is not Outcome.PASSED)
        assert sum(len(o.get("text", "")) for o in cell.outputs) < TIGHT.output_bytes

    after = worker.run(job("print(6 * 7)", "import os; len(os.listdir())", "open('/tmp/x', 'w').close()", limits=TIGHT))
    assert [c.outcome for c in after.cells] == [Outcome.PASSED] * 3
    assert after.cells[0].outputs[0]["text"] == "42\n"
    assert after.cells[1].value == "0"
