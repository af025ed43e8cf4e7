"""The names that are known to be harmless are there, and none leads to a module."""

from __future__ import annotations

import builtins
import importlib
import subprocess
import sys
from types import FunctionType, GeneratorType, ModuleType, TracebackType
from typing import Any

import pytest
import torch

from gabarito.engine import shell
from gabarito.notebook import confined, harmless


def _found(path: str) -> Any:
    parts = path.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for name in parts[count:]:
            found = getattr(found, name)
        return found
    raise AssertionError(path)


@pytest.mark.parametrize(
    "paths",
    [harmless.INSTRUCTORS, harmless.TYPES, harmless.DRAWING_TYPES, harmless.FIGURES, harmless.CONTEXTS],
    ids=["functions", "types", "drawing-types", "figures", "contexts"],
)
def test_each_is_there(paths: frozenset[str]) -> None:
    missing = []
    for path in sorted(paths):
        try:
            found = _found(path)
        except AttributeError:
            missing.append(path)
            continue
        assert not isinstance(found, ModuleType), path
    assert missing == []


def test_nothing_can_be_set_on_a_class_that_is_handed_on() -> None:
    for each in (found for found in map(_found, sorted(harmless.INSTRUCTORS)) if isinstance(found, type)):
        with pytest.raises(TypeError, match="immutable"):
            each.grad = None  # type: ignore[attr-defined]
    assert not harmless.TYPES & harmless.INSTRUCTORS


def test_nothing_can_be_set_on_a_constant() -> None:
    for path in sorted(harmless.FIXED):
        with pytest.raises((AttributeError, TypeError)):
            _found(path).grad = None


def test_what_only_looks_is_harmless() -> None:
    assert harmless.INSTRUCTORS >= harmless.LOOKING | harmless.LOOKING_AT_ONE
    assert harmless.METHODS >= harmless.LOOKING_METHODS | harmless.LOOKING_METHODS_AT_ONE
    assert harmless.INSTRUCTORS_BUILTINS >= harmless.LOOKING_BUILTINS
    every = harmless.LOOKING_METHODS | harmless.LOOKING_METHODS_AT_ONE
    assert not [name for name in every if name.endswith("_")]
    changing = "append extend insert pop remove reverse sort add clear discard update popitem setdefault fill resize"
    assert not every.intersection(changing.split())


def test_methods_that_change_a_model_are_known() -> None:
    """All of a model's that only look at a tensor, and that change the model."""
    looking = harmless.LOOKING_METHODS | harmless.LOOKING_METHODS_AT_ONE
    own = {name for name in dir(torch.nn.Module) if name in looking}
    assert own == harmless.CONVERTING_METHODS
    models = [path for path in harmless.TYPES | harmless.DRAWING_TYPES if issubclass(_found(path), torch.nn.Module)]
    assert set(models) <= harmless.MODEL_TYPES


def test_modules_are_there() -> None:
    for name in harmless.MODULES:
        assert isinstance(importlib.import_module(name), ModuleType)


def test_built_in_functions_and_attributes() -> None:
    assert vars(builtins).keys() >= harmless.INSTRUCTORS_BUILTINS | harmless.CALLED_BUILTINS
    every = harmless.METHODS | harmless.DRAWING_METHODS | harmless.SET
    assert not any(name.startswith("_") for name in every)
    # Names by which running code, or the code of a function, can be looked at.
    for kind in (FunctionType, GeneratorType, TracebackType, ModuleType):
        assert not every & set(dir(kind))


def test_every_magic_of_ipython_is_known() -> None:
    code = "from gabarito.engine.shell import cell_shell as s; print(*s().ip.magics_manager.lsmagic()['line'])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {"cd", "ls", "reset"} <= set(told.split()) <= harmless.MAGICS


def test_cells_are_told_apart_here_as_where_they_are_run() -> None:
    assert confined._PROMPT == shell._PROMPT
    assert confined._ONE_LINE == shell._WORD
