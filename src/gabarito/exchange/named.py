"""The files of a hand-in under the names by which its notebooks were released."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gabarito.errors import SubmissionError
from gabarito.exchange.identify import bears, identify_among
from gabarito.exchange.readable import LARGEST, read_submitted
from gabarito.exchange.submissions import TIMESTAMP
from gabarito.model import ReleaseRecord

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A hand-in as it will lie in `submitted/`."""

    files: Mapping[str, bytes]
    """By POSIX path, notebooks last."""
    notebooks: Mapping[str, str]
    """What each notebook was called, by the name that it has now."""
    noticed: tuple[str, ...]
    """What is odd, one sentence each."""


def name_files(release: ReleaseRecord, files: Mapping[str, bytes], *, trusts_names: bool = True) -> Named:
    """Find the assignment's notebooks among the files, by their cells and their names; all other files stay.

    Where the assignment has one notebook and one came in, it is that one.

    Args:
        files: by POSIX path; where all lie in one folder, it is left out, and so is a timestamp.txt: whoever hands in
            doesn't say when.
        trusts_names: whether, of several files that may be a notebook, the one with just its name is meant.

    Raises:
        SubmissionError: there is no notebook of the assignment, one is larger than 100 MiB, more than one may be the
            same, or a file would lie where another is.
    """
    files = _unwrapped(files)
    files.pop(TIMESTAMP, None)
    candidates = [name for name in files if "/" not in name and name.lower().endswith(".ipynb")]
    claims: dict[str, list[str]] = {}
    if len(release.notebooks) == len(candidates) == 1:
        claims[release.notebooks[0].name] = candidates
    else:
        for name in candidates:
            if known := _which(release, name, files[name]):
                claims.setdefault(known, []).append(name)
    if not claims:
        raise SubmissionError(_none(release, files, candidates))
    notebooks: dict[str, str] = {}
    taken: set[str] = set()
    for known, names in claims.items():
        notebooks[f"{known}.ipynb"] = chosen = _chosen(f"{known}.ipynb", names, files, trusts_names=trusts_names)
        if len(files[chosen]) > LARGEST:
            raise SubmissionError(f"{chosen!r} has more than the {LARGEST >> 20} MiB that a notebook may have")
        taken |= {name for name in names if files[name] == files[chosen]}
    beside = {name: content for name, content in files.items() if name not in taken}
    _refuse_clash(beside, notebooks)
    named = beside | {target: files[name] for target, name in notebooks.items()}
    return Named(named, notebooks, tuple(_noticed(release, named, notebooks)))


def _unwrapped(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files without the folders in which all of them lie."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) == 1 and all("/" in name for name in files):
        return _unwrapped({name.partition("/")[2]: content for name, content in files.items()})
    return dict(files)


def _which(release: ReleaseRecord, name: str, content: bytes) -> str:
    """Name of the released notebook that a file is; empty where it is none of them."""
    try:
        return identify_among([release], read_submitted(content, Path(name)), Path(name)).notebook.name
    except SubmissionError:  # it can't be read, and grading will say so; or its cells are no notebook's
        stem = PurePosixPath(name).stem.casefold()
        named = [n.name for n in release.notebooks if bears(name, n.name)]
        exact = [known for known in named if known.casefold() == stem]
        return (exact or named)[0] if len(exact or named) == 1 else ""


def _chosen(target: str, names: Sequence[str], files: Mapping[str, bytes], *, trusts_names: bool) -> str:
    if trusts_names and target in names:
        return target
    if len({files[name] for name in names}) > 1:
        them = " and ".join(repr(name) for name in names)
        raise SubmissionError(f"{them} may all be {target}; keep the one that is meant")
    return names[0]


def _none(release: ReleaseRecord, files: Mapping[str, bytes], candidates: Sequence[str]) -> str:
    wanted = ", ".join(f"{n.name}.ipynb" for n in release.notebooks)
    if candidates:
        return f"{', '.join(map(repr, candidates))}: none is a notebook of {release.assignment!r} ({wanted})"
    came = ", ".join(map(repr, list(files)[:_MOST_NAMED])) or "no file"
    return f"no notebook came in, but {came}; {release.assignment!r} has {wanted}"


def _refuse_clash(beside: Mapping[str, bytes], notebooks: Mapping[str, str]) -> None:
    there = {*beside, *notebooks, TIMESTAMP}
    for name in there:
        if name in beside and name in notebooks:
            raise SubmissionError(f"{name!r} and {notebooks[name]!r} would both be {name}; rename one of them")
        for above in PurePosixPath(name).parents:
            if str(above) in there:
                raise SubmissionError(f"{str(above)!r} would be a file and a folder; rename one of them")


def _noticed(release: ReleaseRecord, files: Mapping[str, bytes], notebooks: Mapping[str, str]) -> Iterator[str]:
    missing = [target for n in release.notebooks if (target := f"{n.name}.ipynb") not in notebooks]
    if missing:
        yield f"Not handed in: {', '.join(missing)}."
    for target in notebooks:
        try:
            read_submitted(files[target], Path(target))
        except SubmissionError as e:
            yield f"It can’t be graded: {e}."
    extra = [name for name in files if "/" not in name and name.endswith(".ipynb") and name not in notebooks]
    if extra:
        yield f"Kept beside it, and not graded: {', '.join(extra)}."
