"""The page on security is true: it names tests that exist, and exactly the attacks that work in shared mode."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, rows, section, text
from tests.engine import shared_mode
from tests.submissions.attack import load_attacks

WORKS = {
    "gains points": shared_mode.GAINS,
    "may gain points": shared_mode.MAY_GAIN,
    "shows hidden tests": shared_mode.LEAKS,
}


def test_every_attack_that_works_in_shared_mode_is_there_and_no_other() -> None:
    told = {r[0].strip("`"): r[1:] for r in rows(section(text("security.md"), "What shared mode can't withstand"))}
    del told["attack"]
    tries = {a.name: a.tries for a in load_attacks()}
    works = shared_mode.GAINS | shared_mode.MAY_GAIN | shared_mode.LEAKS
    assert told == {n: (tries[n], ", ".join(word for word, names in WORKS.items() if n in names)) for n in works}


def test_every_test_and_folder_that_it_names_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", text("security.md")))
    assert len(named) > 6
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_its_messages_are_the_engines() -> None:
    """The sentences that it explains are those that a violation is told in."""
    source = (ROOT / "src/gabarito/engine/remote/policy.py").read_text(encoding="utf-8")
    page = re.sub(r"\s+(> )?", " ", text("security.md"))
    for words in (
        "where plain values or another kind of object were",
        "needs what it hands over to stay as it is, but",
    ):
        assert words in page
        assert words in source
