"""Which names can be a student's id: a folder's name, a file pattern of nbgrader's, a key of its gradebook."""

from __future__ import annotations

import unicodedata

from gabarito.errors import UsageError

_LONGEST = 128  # nbgrader's column
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_FORBIDDEN = {
    "/": "it would be another folder",
    "\\": "it would be another folder",
    "+": "nbgrader separates the parts of a file name with it",
    "*": "nbgrader reads it as a pattern",
    "?": "nbgrader reads it as a pattern",
    "[": "nbgrader reads it as a pattern",
    "]": "nbgrader reads it as a pattern",
    ",": "nbgrader separates ids with it",
}


def student_id(given: str) -> str:
    """The id under which this student's work is kept: as given, accents in their composed form.

    Raises:
        UsageError: it is empty, too long, or can't be a folder of its own or an id of nbgrader's.
    """
    fault = _fault(given)
    if fault:
        raise UsageError(f"{given!r} can't be a student id: {fault}; use letters, digits, '.', '-', '_' and '@'")
    return unicodedata.normalize("NFC", given)


def _fault(given: str) -> str:
    fault = ""
    if not given.strip():
        fault = "it is empty"
    elif given != given.strip():
        fault = "it begins or ends with a blank, which nbgrader cuts off"
    elif given.startswith("."):
        fault = "it begins with a dot, and such folders are hidden"
    elif max(len(given), len(given.encode("utf-8", "replace")) // 2) > _LONGEST:
        fault = f"it has {len(given)} characters, more than the {_LONGEST} that fit"
    elif found := next((c for c in given if c in _FORBIDDEN), ""):
        fault = f"it has a {found!r}, and {_FORBIDDEN[found]}"
    elif found := next((c for c in given if unicodedata.category(c) in _INVISIBLE), ""):
        fault = f"it has the invisible character U+{ord(found):04X}"
    return fault
