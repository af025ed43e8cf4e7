"""Outputs as they are collected from a process that may say anything."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gabarito.engine.outputs import Outputs
from gabarito.engine.wire import Clear, Rich, Text

messages = st.one_of(
    st.builds(Text, st.sampled_from(["stdout", "stderr", "other"]), st.text(max_size=40)),
    st.builds(
        Rich,
        st.dictionaries(st.sampled_from(["text/plain", "text/html"]), st.text(max_size=40), max_size=2),
        st.just({}),
        st.booleans(),
        st.none() | st.sampled_from("ab"),
        st.booleans(),
    ),
    st.builds(Clear, st.booleans()),
)


def collect(*given_messages: Text | Rich | Clear, kept: int = 1000) -> tuple[dict[str, Any], ...]:
    outputs = Outputs(kept)
    for message in given_messages:
        outputs.add(message)
    return outputs.finish(3)


@given(st.lists(messages, max_size=12), st.integers(0, 60))
def test_any_messages_make_a_valid_cell_within_bounds(said: list[Text | Rich | Clear], kept: int) -> None:
    outputs = collect(*said, kept=kept)
    cell = nbformat.v4.new_code_cell("x", outputs=[nbformat.from_dict(o) for o in outputs])
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    text = [o["text"] for o in outputs if o["output_type"] == "stream"]
    data = [str(v) for o in outputs if "data" in o for v in o["data"].values()]
    assert sum(map(len, text)) <= kept + 80  # with the note that there was more
    assert sum(map(len, data)) <= 16 * kept


def test_streams_of_one_name_are_joined() -> None:
    outputs = collect(Text("stdout", "a"), Text("stdout", "b"), Text("stderr", "c"), Text("stdout", "d"))
    assert [(o["name"], o["text"]) for o in outputs] == [("stdout", "ab"), ("stderr", "c"), ("stdout", "d")]


def test_what_is_beyond_the_kept_part_is_counted() -> None:
    outputs = collect(Text("stdout", "x" * 15), Rich({"text/plain": "y" * 500}, {}), kept=10)
    assert outputs[0]["text"] == "x" * 10
    assert outputs[1]["text"] == "[505 more characters of output were not kept]\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("0%\r50%\r100%\n", "100%\n"),
        ("a\r\nb\r\n", "a\nb\n"),
        ("no return\n", "no return\n"),
        ("0%\r50%", "50%"),
        ("at the end\r", "at the end"),
    ],
)
def test_a_carriage_return_goes_back_over_its_line(written: str, shown: str) -> None:
    assert collect(Text("stdout", written))[0]["text"] == shown


def test_a_long_line_without_a_return_takes_no_time() -> None:
    assert len(collect(Text("stdout", "x" * 10**6), kept=10**6)[0]["text"]) == 10**6


@pytest.mark.parametrize(("wait", "left"), [(False, ["new"]), (True, ["new"])])
def test_clearing_forgets_what_was_before(wait: bool, left: list[str]) -> None:
    outputs = collect(Text("stdout", "old"), Clear(wait), Text("stdout", "new"))
    assert [o["text"] for o in outputs] == left


def test_clearing_that_waits_for_nothing_clears_nothing() -> None:
    assert len(collect(Text("stdout", "old"), Clear(True))) == 1


def test_an_update_changes_what_was_displayed_under_the_id() -> None:
    outputs = collect(
        Rich({"text/plain": "a"}, {}, display_id="1"),
        Rich({"text/plain": "b"}, {}),
        Rich({"text/plain": "c"}, {"m": 1}, display_id="1", is_update=True),
    )
    assert [o["data"]["text/plain"] for o in outputs] == ["c", "b"]
    assert outputs[0]["metadata"] == {"m": 1}


def test_the_value_is_that_of_the_last_result_with_text() -> None:
    outputs = Outputs(100)
    outputs.add(Rich({"text/plain": "1"}, {}, is_result=True))
    assert outputs.value == "1"
    assert outputs.finish(5)[0]["execution_count"] == 5
    outputs.add(Rich({"text/html": "<b>1</b>"}, {}, is_result=True))
    assert outputs.value is None
    outputs.add(Rich({"text/plain": 7}, {}, is_result=True))
    assert outputs.value is None


def test_a_flood_of_empty_messages_is_counted_and_bounded() -> None:
    outputs = Outputs(1000)
    for _ in range(6000):
        outputs.add(Rich({}, {}))
    assert outputs.received >= 6000 * 64
    assert len(outputs.finish(1)) == 5001
