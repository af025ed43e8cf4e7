"""Files that students hand in, read as notebooks, or said plainly why they can't be."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

from nbformat import NotebookNode

from gabarito.errors import SubmissionError
from gabarito.notebook.cells import read_notebook

LARGEST = 100 * 2**20  # bytes; nbgrader's limit
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_STARTS = {
    b"PK\x03\x04": "a zip archive: unpack it and hand in the .ipynb file",
    b"\x1f\x8b": "a compressed file: unpack it and hand in the .ipynb file",
    b"%PDF": "a PDF: hand in the .ipynb file that it was made from",
    b"\x89PNG": "a picture: hand in the .ipynb file",
    b"\xff\xd8\xff": "a picture: hand in the .ipynb file",
    b"<": "a web page: hand in the .ipynb file (in Jupyter, File → Save; not File → Save and Export as HTML)",
}
_SUFFIXES = {
    ".py": "a Python program: hand in the .ipynb file (in Jupyter, File → Save; not File → Save and Export)",
    ".md": "a text: hand in the .ipynb file",
    ".txt": "a text: hand in the .ipynb file",
}


def read_file(path: Path) -> bytes:
    """The file's bytes.

    Raises:
        SubmissionError: it isn't there, is a folder, can't be read, or is larger than 100 MiB.
    """
    try:
        if path.is_dir():
            raise SubmissionError(f"{path} is a folder; name the .ipynb file in it")
        size = path.stat().st_size
        if size > LARGEST:
            raise SubmissionError(
                f"{path.name} has {size >> 20} MiB, more than the {LARGEST >> 20} that are taken; "
                "clear its outputs (in Jupyter, Edit → Clear Outputs of All Cells), save it and hand it in again"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise SubmissionError(f"there is no file {path}; check its name and the folder that you are in") from None
    except OSError as e:
        raise SubmissionError(f"{path} can't be read ({e.strerror}); check its permissions") from None


def read_submitted(content: bytes, path: Path) -> NotebookNode:
    """The notebook in a file that a student hands in.

    Raises:
        SubmissionError: it is no notebook; the message says what it seems to be and what to do.
    """
    try:
        text = content.decode("utf-8-sig")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids, or with another's, are repaired
            return read_notebook(text, path.name)
    except (SubmissionError, UnicodeDecodeError) as e:
        raise SubmissionError(f"{path.name} is {_what(content, path) or _fault(content, e)}") from None


def has_conflict(source: str) -> bool:
    """Whether a cell holds what git leaves where two versions of it could not be merged."""
    return len({m[0] for m in _CONFLICT.finditer(source)}) == 2


def _what(content: bytes, path: Path) -> str:
    if not content.strip(b"\0 \t\r\n"):
        return "empty: save it in Jupyter, and hand it in again"
    for start, what in _STARTS.items():
        if content.lstrip().startswith(start):
            return what
    return "" if content.lstrip().startswith(b"{") else _SUFFIXES.get(path.suffix.lower(), "")


def _fault(content: bytes, error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "no notebook: it is not text in UTF-8; download it from Jupyter again, and hand that in"
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as e:
        return _json_fault(e)
    except (RecursionError, ValueError):
        return "damaged: it can’t be read as JSON; open it in Jupyter, save it, hand that in"
    if not isinstance(found, dict) or ("cells" not in found and "worksheets" not in found):
        return "no notebook: it is a JSON file without cells; hand in the .ipynb file"
    return f"damaged: {error}; open it in Jupyter, save it, hand that in"


def _json_fault(e: json.JSONDecodeError) -> str:
    if has_conflict(e.doc):
        return "no notebook: it holds a git merge conflict; resolve it (or take one version), open it, save it"
    if e.pos >= len(e.doc.rstrip()) or e.msg.startswith("Unterminated"):
        return "cut short: it breaks off in the middle; save or download it again, and hand that in"
    return f"damaged in line {e.lineno}, column {e.colno} ({e.msg}); open it in Jupyter, save it, hand that in"
