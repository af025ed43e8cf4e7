"""No submission gets a point, learns a hidden test, or harms the next one, by attacking the grader."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from gabarito.engine import WorkerSpec
from gabarito.errors import EngineError
from gabarito.model import CellReport, Job, Mode, Outcome, Report, Role
from tests.engine import shared_mode
from tests.engine.lessons import LIMITS, Bench
from tests.submissions.attack import Attack, load_attacks
from tests.submissions.exercises import load_exercises, make_job, scores

LESSON = load_exercises("lesson")
ATTACKS = load_attacks()
FULL = 21.0
PLACES = [("process", mode) for mode in Mode] + [(name, Mode.TWO_PROCESS) for name in ("bubblewrap", "podman")]

FAMILIES = {
    "patched libraries",
    "lying objects",
    "IPython hooks",
    "reading the tests",
    "look-up of expected values",
    "precomputed answers",
    "stealing the reference",
    "files and /proc",
    "forged messages",
    "exit, signals, threads",
    "codec bombs",
    "writing what is not its own",
    "denial",
    "leaks into feedback",
}

# Whatever the mode: messages that are not counted keep the checker busy for as long as its patience lasts.

_WORD = re.compile(r"sealed_[a-z]+")
# Numbers in the lesson's hidden tests: what a test expects begins with 77, what it hands over with 55.
_EXPECTED = re.compile(r"\b77\d{6}\b")
_HANDED = re.compile(r"\b55\d{6}\b")


class Trial:
    """What became of an attack, and of the honest submission after it."""

    def __init__(self, attack: Attack, bench: Bench) -> None:
        self.job = _job_of(attack)
        self.problem = ""
        self.report: Report | None = None
        honest = make_job(LESSON, others="right", limits=LIMITS)
        try:
            self.report = bench.grade(LESSON, self.job)
            self.next = scores(honest, bench.grade(LESSON, honest))
        except EngineError as e:
            self.problem = str(e)


@pytest.fixture(scope="module")
def baselines() -> dict[Bench, dict[str, float]]:
    """Baselines by bench, each found once."""
    return {}


@pytest.fixture
def baseline(bench: Bench, baselines: dict[Bench, dict[str, float]]) -> dict[str, float]:
    """The points of the notebook that attacks start from: it passes the visible tests, and no hidden one."""
    if bench not in baselines:
        job = make_job(LESSON, others="visible", limits=LIMITS)
        baselines[bench] = found = scores(job, bench.grade(LESSON, job))
        assert {name: points for name, points in found.items() if points} == {"test-roman": 0.5}
    return baselines[bench]


@pytest.fixture(scope="module")
def trials() -> dict[tuple[Bench, str], Trial]:
    """Trials by bench and the attack's name, each made once."""
    return {}


@pytest.fixture
def trial(request: pytest.FixtureRequest, trials: dict[tuple[Bench, str], Trial], bench: Bench) -> Trial:
    attack: Attack = request.getfixturevalue("attack")
    if bench.weak:
        pytest.skip(f"attacks would harm this machine: {bench.weak[0]}; run the tests as root")
    key = bench, attack.name
    if key not in trials:
        trials[key] = Trial(attack, bench)
    return trials[key]


def _attacks(strict: frozenset[str] = frozenset(), racy: frozenset[str] = frozenset()) -> pytest.MarkDecorator:
    """All attacks in each mode and sandbox; those marked that are known to work in shared mode, surely or by a race.

    Shared mode is as weak in every sandbox: once is enough.
    """
    params = []
    for sandbox, mode in PLACES:
        for attack in ATTACKS:
            marks: list[pytest.MarkDecorator] = []
            if mode is Mode.SHARED and attack.name in strict | racy:
                marks = [pytest.mark.xfail(strict=attack.name in strict, reason="works where tests share the process")]
            params.append(
                pytest.param((sandbox, mode), attack, id=f"{sandbox}-{mode.value}-{attack.name}", marks=marks)
            )
    return pytest.mark.parametrize(("bench", "attack"), params, indirect=["bench"])


@_attacks(shared_mode.GAINS, shared_mode.MAY_GAIN)
def test_it_gains_nothing(attack: Attack, trial: Trial, baseline: dict[str, float]) -> None:
    if trial.report is not None:
        found = scores(trial.job, trial.report)
        assert {name: points for name, points in found.items() if points > baseline[name]} == {}


@_attacks(shared_mode.LEAKS)
def test_it_shows_nothing_hidden(attack: Attack, trial: Trial) -> None:
    if trial.report is not None:
        assert _leaks(attack, trial.job, trial.report) == set()


@_attacks()
def test_it_harms_nobody_else(attack: Attack, trial: Trial, course: Path) -> None:
    assert trial.problem == ""
    assert set(trial.next.values()) == {1.0}
    assert sum(trial.next.values()) == FULL
    assert _contents(course) == _untouched(course)


def test_a_new_worker_is_as_honest_as_the_first(course: Path) -> None:
    fresh = Bench(WorkerSpec(preload=("numpy", "torch"), hide=(str(course),)))
    try:
        right = make_job(LESSON, others="right", limits=LIMITS)
        wrong = make_job(LESSON, others="wrong", limits=LIMITS)
        assert set(scores(right, fresh.grade(LESSON, right)).values()) == {1.0}
        assert set(scores(wrong, fresh.grade(LESSON, wrong)).values()) == {0.0}
    finally:
        fresh.close()


def test_there_are_attacks_of_every_family() -> None:
    assert len(ATTACKS) >= 60
    assert {a.family for a in ATTACKS} == FAMILIES
    names = {a.name for a in ATTACKS}
    assert names >= shared_mode.GAINS | shared_mode.MAY_GAIN | shared_mode.LEAKS
    answers = {c.id for e in LESSON for c in e.cells if c.role is Role.ANSWER}
    assert all(a.answers.keys() <= answers for a in ATTACKS)


def test_a_leak_is_seen() -> None:
    """The tests above would notice: each kind of secret, plain and disguised, where a student could read it."""
    job = make_job(LESSON, end=["None"])
    attack = ATTACKS[0]
    last = len(job.cells) - 1
    test = next(c for c in job.cells if c.id == "test-total")
    for text in ("sealed_otter", "=77651344", "retto_delaes", base64.b64encode(b"\n# sealed_otter: x").decode()):
        for index, place in ((last, "stdout"), (test.index, "stdout"), (last, "message")):
            assert _leaks(attack, job, _report(index, text, place)), (text, place)
    line = "numbers = [random.randint(-99, 99) for _ in range(20)]"
    assert _leaks(attack, job, _report(last, line, "stdout"))
    assert _leaks(attack, job, _report(test.index, "called with [55120347]", "message"))
    assert not _leaks(attack, job, _report(last, "called with [55120347]", "stdout"))
    assert not _leaks(attack, job, _report(test.index, "called with [55120347]", "message", in_hidden=0))


def _job_of(attack: Attack) -> Job:
    return make_job(
        LESSON,
        attack.answers,
        others="visible",
        start=attack.start,
        end=attack.end,
        files=attack.files,
        limits=LIMITS,
    )


def _leaks(attack: Attack, job: Job, report: Report) -> set[str]:
    """What the report tells of hidden tests that it must not tell; see `tests.submissions.attack`."""
    cells = {c.index: c for c in job.cells}
    found: set[str] = set()
    for told in report.cells:
        withheld = told.in_hidden is not None
        own = [o for o in told.outputs if o["output_type"] != "error"]
        errors = [o for o in told.outputs if o["output_type"] == "error"]
        said = [] if withheld else [*errors, told.message, told.error]
        # Feedback shows no output of a test cell with hidden parts but its error, and not even that of a hidden part.
        found |= _made_of(_text([*own, *said, told.value or ""]), job)
        if cells[told.index].hidden and not attack.may_show_inputs:
            found |= _numbers(_HANDED, job) & set(_HANDED.findall(_text(said)))
    return found


def _made_of(text: str, job: Job) -> set[str]:
    found: set[str] = set()
    for version in _versions(text):
        found |= set(_WORD.findall(version))
        found |= {line for line in _hidden_lines() if line in version}
    return found | (_numbers(_EXPECTED, job) & set(_EXPECTED.findall(text)))


def _numbers(pattern: re.Pattern[str], job: Job) -> set[str]:
    """Such numbers in the tests: others may come about by chance."""
    return {n for c in job.cells if c.role is Role.TEST for n in pattern.findall(c.source)}


def _versions(text: str) -> Iterator[str]:
    """The text, and what it says when it is read backwards, in base 64 or in hexadecimal."""
    yield text
    yield text[::-1]
    yield re.sub(r"[\s|.-]", "", text)
    for word in re.findall(r"[A-Za-z0-9+/=]{12,}", text):
        for decode in (base64.b64decode, binascii.unhexlify):
            try:
                yield decode(word).decode("utf-8", "replace")
            except (ValueError, binascii.Error):
                continue


@cache
def _hidden_lines() -> frozenset[str]:
    """Whole lines of hidden tests that no answer and no visible test holds."""
    hidden: set[str] = set()
    visible: set[str] = set()
    for cell in make_job(LESSON, others="right").cells:
        for number, line in enumerate(cell.source.split("\n"), start=1):
            inside = any(r.first < number < r.last for r in cell.hidden)
            (hidden if inside else visible).add(line.strip())
    return frozenset(line for line in hidden - visible if len(line) > 16)


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "\n".join(_text(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return "\n".join(_text(v) for v in value)
    return str(value)


def _report(index: int, text: str, place: str, in_hidden: int | None = None) -> Report:
    outputs = ({"output_type": "stream", "name": "stdout", "text": text},) if place == "stdout" else ()
    cell = CellReport(
        index=index,
        id="x",
        outcome=Outcome.ERROR,
        message=text if place == "message" else "",
        outputs=outputs,
        in_hidden=in_hidden,
    )
    return Report(key="x", cells=(cell,))


def _contents(course: Path) -> dict[str, bytes]:
    return {str(p.relative_to(course)): p.read_bytes() for p in sorted(course.rglob("*")) if p.is_file()}


@cache
def _untouched(course: Path) -> dict[str, bytes]:
    return _contents(course)
