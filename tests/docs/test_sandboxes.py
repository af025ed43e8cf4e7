"""The page on sandboxes is true: every promise is there, and what each sandbox says that it doesn't hold."""

from __future__ import annotations

import os

import pytest

from gabarito.engine.conformance import PROMISES
from gabarito.engine.sandbox import STRONGEST_FIRST, make_sandbox
from tests.docs.pages import rows, section, text

_ROOT, _ORDINARY = 0, 1000


def _lacks(name: str, user: int, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    sandbox = make_sandbox(name)
    # Whether limits are ignored is a matter of the machine, which the text beside the table tells.
    monkeypatch.setattr(sandbox, "_ignores_limits", False, raising=False)
    return set(sandbox.lacks)


def _not_held(promise: str, lacks: dict[tuple[str, int], set[str]]) -> str:
    """Where a promise is not held, as the page says it."""
    found = []
    for name in STRONGEST_FIRST:
        root, ordinary = (promise in lacks[name, user] for user in (_ROOT, _ORDINARY))
        if ordinary:
            found.append(f"`{name}`{'' if root else ' without root'}")
        else:
            assert not root
    return ", ".join(found)


def test_every_promise_is_there_with_the_sandboxes_that_do_not_hold_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = {(name, user): _lacks(name, user, monkeypatch) for name in STRONGEST_FIRST for user in (_ROOT, _ORDINARY)}
    told = list(rows(section(text("sandboxes.md"), "What a sandbox promises")))[1:]
    assert told == [(f"`{p.id}`", p.sentence, _not_held(p.id, lacks)) for p in PROMISES]


@pytest.mark.parametrize("user", [_ROOT, _ORDINARY])
@pytest.mark.parametrize("name", STRONGEST_FIRST)
def test_a_sandbox_lacks_only_what_is_promised(name: str, user: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _lacks(name, user, monkeypatch) <= {p.id for p in PROMISES}
