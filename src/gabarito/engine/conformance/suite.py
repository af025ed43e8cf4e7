"""All promises of a sandbox, tried one after another."""

from __future__ import annotations

from collections.abc import Callable, Collection

from gabarito.engine.conformance.attacks import ATTACKS
from gabarito.engine.conformance.grounds import lay_out
from gabarito.engine.conformance.leftovers import LEFTOVERS
from gabarito.engine.conformance.limits import LIMITED
from gabarito.engine.conformance.promise import Finding, Promise, Seen, Verdict
from gabarito.engine.conformance.reach import REACH
from gabarito.engine.conformance.replacement import REPLACEMENT
from gabarito.engine.conformance.rights import RIGHTS
from gabarito.engine.conformance.sight import SIGHT
from gabarito.engine.conformance.trial import Trial
from gabarito.engine.sandbox import Sandbox
from gabarito.errors import EngineError, UsageError

PROMISES: tuple[Promise, ...] = (*REACH, *SIGHT, *RIGHTS, *LEFTOVERS, *LIMITED, *ATTACKS, *REPLACEMENT)
"""What every sandbox promises, or declares not to hold."""

_MOST_FAULTS = 3


def try_sandbox(
    sandbox: Sandbox,
    *,
    only: Collection[str] = (),
    forks: bool | None = None,
    on_finding: Callable[[Finding], None] = lambda _: None,
) -> tuple[Finding, ...]:
    """What came of each promise in this sandbox, in order; it takes half a minute.

    Args:
        sandbox: one that can be used here.
        only: ids of the promises to try; all where it is empty.
        forks: whether the worker is forked from a template; by default where the sandbox does so with several.
        on_finding: called after each promise.

    Raises:
        EngineError: no worker starts in the sandbox.
        UsageError: there is no promise with one of these ids.
    """
    if unknown := sorted(set(only) - {p.id for p in PROMISES}):
        raise UsageError(f"there is no promise {unknown[0]!r}; they are {', '.join(p.id for p in PROMISES)}")
    found = []
    forks = sandbox.forks_workers if forks is None else forks
    with lay_out() as grounds, Trial(sandbox, grounds, forks=forks) as trial:
        assert trial.worker is not None  # where none starts, nothing can be said about any promise
        for promise in PROMISES:
            if not only or promise.id in only:
                found.append(_finding(promise, trial, sandbox.lacks.get(promise.id, "")))
                on_finding(found[-1])
    return tuple(found)


def _finding(promise: Promise, trial: Trial, lack: str) -> Finding:
    try:
        seen = promise.attempt(trial)
    except EngineError as e:
        trial.close()
        seen = Seen((str(e),), "")
    if not seen.faults:
        verdict, told = Verdict.HELD, seen.held
    else:
        verdict, told = (Verdict.NOT_HELD if lack else Verdict.BROKEN), _listed(seen.faults)
    return Finding(promise=promise.id, sentence=promise.sentence, verdict=verdict, seen=told, lack=lack)


def _listed(faults: tuple[str, ...]) -> str:
    """The first few, and how many more there are."""
    more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    return "; ".join(faults[:_MOST_FAULTS]) + more
