"""A run of bulk grading in plain sentences, for logs."""

from __future__ import annotations

from collections.abc import Iterator

from gabarito.grading.result import Graded, GradeRun, Status, unique


def sentence_of(graded: Graded) -> str:
    """What became of one submission."""
    if graded.status is Status.GRADED:
        return f"{graded.student}: graded, {graded.points:g} of {graded.max_points:g} points from tests"
    if graded.status is Status.KNOWN:
        return f"{graded.student}: unchanged since it was graded; grade it again with --force"
    return f"{graded.student}: {graded.status.value}, nothing is recorded: {graded.message}"


def lines_of_run(run: GradeRun) -> Iterator[str]:
    """What an instructor should know about the whole run."""
    yield from (f"not isolated: {sentence}" for sentence in run.weak)
    yield from (f"sandbox {run.sandbox}: {sentence}" for sentence in unique(run.lacks.values()))
    if run.adopted:
        yield (
            f"nbgrader alone released {run.assignment!r}, so its tests ran in shared mode; "
            f"release it with gabarito to have them run apart from student code"
        )
    if run.lacks_gpu:
        yield "its cells mention a GPU, and none was used"
    yield from (f"store: {problem}" for problem in run.store_problems)
    yield from (f"mend the tests: {problem}" for problem in run.problems())
