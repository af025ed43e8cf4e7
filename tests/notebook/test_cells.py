"""Notebooks read from whatever a file holds, and the roles of their cells."""

from __future__ import annotations

import json
import warnings
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from gabarito.errors import SubmissionError
from gabarito.model import Role
from gabarito.notebook.cells import grade_id, read_notebook, role_of
from tests.notebook.released import cell, small_source


def _file(*cells: Any, **changes: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **changes})


def _code(**changes: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": "1",
        "outputs": [],
        "execution_count": 1,
    } | changes


def test_a_notebook_is_read_as_it_is() -> None:
    notebook = small_source()
    assert read_notebook(nbformat.writes(notebook), "x.ipynb") == notebook


def test_lines_of_a_source_are_joined() -> None:
    read = read_notebook(_file(_code(source=["a = 1\n", "a"])), "x.ipynb")
    assert read.cells[0].source == "a = 1\na"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "3",
        "{}",
        _file(nbformat=99),
        _file(nbformat="four"),
        _file(cells=3),
        _file(3),
        _file({}),
        _file(_code(source=5)),
        _file(_code(source=None)),
        _file({"cell_type": "code", "id": "a", "metadata": {}}),
        "[" * 100_000,
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": ' + '{"a":' * 100_000,
    ],
)
def test_what_is_no_notebook_is_told(text: str) -> None:
    with pytest.raises(SubmissionError, match=r"^x\.ipynb is not a readable notebook \(\w+: ?"):
        read_notebook(text, "x.ipynb")


def test_what_is_missing_is_named() -> None:
    with pytest.raises(SubmissionError, match=r"\(ValueError: a part is missing or of another kind: metadata\)$"):
        read_notebook('{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "x.ipynb")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["cell_type", "metadata", "source", "outputs", "nbgrader", "id", "grade_id"]),
                inner | st.sampled_from(["code", "markdown"]),
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_whatever_is_in_a_cell_it_is_read_or_told(content: Any) -> None:
    try:
        read = read_notebook(_file(content), "x.ipynb")
    except SubmissionError:
        return
    (only,) = read.cells
    assert isinstance(only.source, str)
    assert role_of(only) in Role
    assert grade_id(only) is None or isinstance(grade_id(only), str)


def test_the_same_text_gives_the_same_ids() -> None:
    cells = [_code(id="b"), _code(), _code(id="b"), _code(id=7)]
    del cells[1]["id"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = read_notebook(_file(*cells), "x.ipynb"), read_notebook(_file(*cells), "x.ipynb")
    assert [c.id for c in first.cells] == ["b", "cell-2", "cell-3", "cell-4"]
    assert first == second


def test_old_formats_are_converted() -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {},
        "worksheets": [
            {"metadata": {}, "cells": [{"cell_type": "code", "language": "python", "input": "x = 1", "outputs": []}]}
        ],
    }
    assert [c.source for c in read_notebook(json.dumps(old), "x.ipynb").cells] == ["x = 1"]


@pytest.mark.parametrize("meta", ["", [], 3, None])
def test_metadata_that_is_none_in_an_old_format_makes_an_ordinary_cell(meta: Any) -> None:
    cells = [{"cell_type": "markdown", "metadata": meta, "source": "x"}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"metadata": {}, "cells": cells}]}
    (read,) = read_notebook(json.dumps(old), "x.ipynb").cells
    assert (read.source, role_of(read)) == ("x", Role.PLAIN)


@pytest.mark.parametrize("changes", [{"nbformat_minor": 0}, {"nbformat_minor": "5"}, {"nbformat_minor": None}])
def test_what_only_validating_would_find_is_read(changes: dict[str, Any]) -> None:
    (read,) = read_notebook(_file(_code(id=["x"]), **changes), "x.ipynb").cells
    assert (read.source, read.id) == ("1", "cell-1")


def test_old_nbgrader_metadata_is_upgraded() -> None:
    meta = {"nbgrader": {"schema_version": 1, "grade": True, "solution": False, "grade_id": "t", "points": 2}}
    (read,) = read_notebook(_file(_code(metadata=meta)), "x.ipynb").cells
    assert read.metadata.nbgrader.schema_version == 3
    assert (role_of(read), grade_id(read)) == (Role.TEST, "t")


@pytest.mark.parametrize("meta", [3, "x", [], {"schema_version": 99}, {"schema_version": "x"}])
def test_metadata_that_means_nothing_makes_an_ordinary_cell(meta: Any) -> None:
    (read,) = read_notebook(_file(_code(metadata={"nbgrader": meta})), "x.ipynb").cells
    assert (role_of(read), grade_id(read)) == (Role.PLAIN, None)


@pytest.mark.parametrize("role", Role)
def test_roles(role: Role) -> None:
    made = cell(role, "1", "x" if role is not Role.PLAIN else "", points=1)
    assert role_of(made) is role
    assert grade_id(made) == (None if role is Role.PLAIN else "x")


def test_cells_without_metadata_of_nbgrader_are_ordinary() -> None:
    for made in new_notebook(cells=[new_code_cell("1"), new_markdown_cell("2")]).cells:
        assert (role_of(made), grade_id(made)) == (Role.PLAIN, None)


def test_a_long_reason_is_cut() -> None:
    with pytest.raises(SubmissionError) as e:
        read_notebook(_file(nbformat="x" * 1000), "x.ipynb")
    assert len(str(e.value)) < 200
    assert str(e.value).endswith("…)")
