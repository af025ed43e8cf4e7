"""The short audit that goes before a release: a few runs, and what can be seen by reading."""

from __future__ import annotations

from collections.abc import Iterator

from gabarito.audit.bench import Bench, run_all
from gabarito.audit.faults import Finder
from gabarito.audit.looks import read_looks, short_looks
from gabarito.audit.result import Fault
from gabarito.notebook.lint import Finding, Severity
from gabarito.release.draft import Draft

_RUNS = 3
_SEEDS = 1000  # apart from those that the contracts were learned with

# What `release` finds by itself is not said twice.
_KNOWN = frozenset({"solution-fails", "no-assertion", "never-called", "not-a-score", "passes-unsolved", "shared-mode"})


def short_audit(draft: Draft) -> Iterator[Finding]:
    """What is worth a warning before a release: tests that flip, assert nothing, read a clock or overlook a name.

    Raises:
        EngineError: the notebooks could not be run.
    """
    benches = [Bench(draft, made, record) for made, record in draft.python_notebooks()]
    jobs = [job for bench in benches for job in short_looks(bench, _SEEDS)]
    jobs += (bench.job(f"calm/{turn}", seed=_SEEDS + 1 + turn) for bench in benches for turn in range(_RUNS))
    reports = run_all(draft, jobs, workers=1)
    for bench in benches:
        looks, finder = read_looks(bench, reports), Finder(bench)
        faults = [*finder.of_looks(looks), *finder.of_reading(), *finder.of_sharing(looks, {})]
        for fault in faults:
            if fault.is_failure and fault.kind not in _KNOWN:
                yield _finding(fault.kind, fault)
        failures = [bench.failed(reports[f"{bench.name}/calm/{turn}"]) for turn in range(_RUNS)]
        for test in bench.points:
            often = sum(test in failed for failed in failures)
            if often and test not in looks.solved:
                yield Finding(
                    severity=Severity.WARN,
                    rule="flaky",
                    message=f"your own solution fails in {often} of {_RUNS} runs with other random numbers",
                    advice=f"see 'gabarito audit {draft.assignment}' for how often it does, and widen the bound",
                    cell=test,
                    notebook=f"{bench.name}.ipynb",
                )


def _finding(rule: str, fault: Fault) -> Finding:
    return Finding(
        severity=Severity.WARN,
        rule=rule,
        message=fault.message,
        advice=fault.advice,
        cell=fault.cell,
        line=fault.line,
        notebook=f"{fault.notebook}.ipynb",
    )


RULES = ("flaky", "not-reached", "one-shot-timing", "shared-state", "unlooked-name")
"""Every rule of the findings of a short audit; all of them are warnings."""
