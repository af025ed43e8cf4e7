"""Objects that the other side knows by number, and what is said of them."""

from __future__ import annotations

import dataclasses
import types
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch

from gabarito.engine.codec import CodecError
from gabarito.engine.remote import owner as module
from gabarito.engine.remote.owner import Owner, kind_of


class Own:
    """Is described."""

    __module__ = "__main__"


def test_an_object_keeps_its_number_until_it_is_dropped() -> None:
    owner, one, other = Owner(1), Own(), Own()
    assert [owner.export(each).oid for each in (one, other, one)] == [1, 5, 1]  # 3 is their class
    assert owner.find(5) is other
    assert owner.owns(other)
    owner.forget(5)
    owner.forget(5)
    assert not owner.owns(other)
    with pytest.raises(CodecError, match="object 5 is not known here"):
        owner.find(5)


def test_a_class_is_told_of_once_and_again_if_the_message_was_not_sent() -> None:
    owner = Owner(2)
    assert owner.export(Own).about["doc"] == "Is described."
    assert owner.export(Own).about == {}
    owner.sent(arrived=False)
    assert owner.export(Own).about != {}
    owner.sent(arrived=True)
    owner.sent(arrived=False)
    assert owner.export(Own).about == {}
    assert (owner.export(int).oid, owner.export(int).kind) == (0, "type")


def test_only_the_last_exceptions_are_kept() -> None:
    owner = Owner(1)
    errors = [ValueError(n) for n in range(40)]
    numbers = [owner.export(error).oid for error in errors]
    assert owner.export(errors[-1]).oid == numbers[-1]
    assert [owner.owns(error) for error in errors] == [False] * 24 + [True] * 16
    assert module._ERRORS_KEPT == 16


def test_an_exception_is_arguments_and_text() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise KeyError

    class Odd(Exception):
        args = "no tuple"  # type: ignore[assignment]

    owner = Owner(1)
    assert owner.export(ValueError("a", 2)).content == (("a", 2), "('a', 2)")
    assert owner.export(Mute(1)).content == ((1,), "(its text can't be had: KeyError)")
    assert owner.export(Odd(1)).content[0] == ()
    assert len(owner.export(ValueError("x" * 9999)).content[1]) == 4000


@pytest.mark.parametrize(
    ("make", "content"),
    [
        (lambda: type("S", (str,), {"__str__": lambda self: "lie"})("x"), "x"),
        (lambda: type("B", (bytes,), {"__iter__": None})(b"x"), b"x"),
        (lambda: type("T", (tuple,), {"__iter__": None})((1, 2)), (1, 2)),
        (lambda: type("F", (frozenset,), {})([1]), frozenset([1])),
        (lambda: type("I", (int,), {"__pos__": lambda self: 7})(3), 3),
        (lambda: type("F", (float,), {"__float__": lambda self: 7.0})(0.5), 0.5),
        (lambda: type("C", (complex,), {})(1j), 1j),
    ],
)
def test_a_value_of_a_subclass_is_told_with_its_plain_content(make: Any, content: object) -> None:
    told = Owner(1).export(make())
    assert (told.kind, type(told.content), told.content) == ("plain", type(content), content)


def test_an_array_of_a_subclass_is_told_with_the_array() -> None:
    owner = Owner(1)
    for value, kind in ((np.ones(2).view(_View), np.ndarray), (torch.ones(2).as_subclass(_Sub), torch.Tensor)):
        told = owner.export(value)
        assert (told.kind, type(told.content)) == ("array", kind)
        assert owner.export(value).content is told.content
        owner.forget(told.oid)
        assert owner.export(value).content is not told.content


class _Sub(torch.Tensor):  # type: ignore[misc]
    pass


class _View(np.ndarray[Any, Any]):
    pass


def test_a_list_like_class_is_told_with_what_is_its_own() -> None:
    class Deep(OrderedDict[str, int]):
        __hash__ = None  # type: ignore[assignment]
        keys = OrderedDict.keys

        def total(self) -> int:
            return sum(self.values())

    about = Owner(1).export(Deep).about
    assert (about["plain"], about["bases"][0].name) == ("OrderedDict", "OrderedDict")
    assert "total" in about["own"]
    assert "keys" not in about["own"]
    assert about["none"] == ["__hash__"]


def test_fields_of_a_data_class_are_told() -> None:
    @dataclasses.dataclass
    class Data:
        a: int
        b: int = dataclasses.field(default=1, repr=False, kw_only=True)

    about = Owner(1).export(Data).about
    assert about["fields"] == [("a", True, True, True, False), ("b", True, False, True, True)]


async def _coroutine() -> None:
    pass


def _numbers() -> Any:
    yield 1


async def _stream() -> Any:
    yield 1


def test_kinds_in_one_word() -> None:
    waiting = _coroutine()
    some: tuple[Any, ...] = (types, kind_of, print, [].append, waiting, _numbers(), _stream(), Own())
    told = [kind_of(each) for each in some]
    waiting.close()
    assert told == ["module", "function", "function", "function", "coroutine", "generator", "generator", "instance"]


def test_names() -> None:
    owner = Owner(1)
    odd = types.ModuleType("odd")
    odd.__name__ = 5  # type: ignore[assignment]
    assert [owner.export(each).name for each in (types, kind_of, odd, Own())] == ["types", "kind_of", "module", "Own"]
