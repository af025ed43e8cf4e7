from __future__ import annotations

import json

import pytest

from gabarito.errors import EngineError
from gabarito.images.check import check_image
from gabarito.images.recipe import labels
from tests.images.stubs import Stub, inspected

ASPECTS = ("worker", "versions", "imports", "programs", "set-user-id", "writable")
NOTHING: dict[str, list[str]] = {name: [] for name in ASPECTS}
GOOD = json.dumps(NOTHING)


def test_a_current_image_with_nothing_wrong_is_good(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    stub.answer("run", out=GOOD)
    checked = check_image("podman")
    assert checked.is_good
    assert checked.image.reference == "localhost/gabarito:cpu"
    assert [f.name for f in checked.findings] == ["origin", *ASPECTS]


def test_it_is_looked_into_without_any_right(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    stub.answer("run", out=GOOD)
    check_image("podman")
    arguments = " ".join(stub.calls()[-1])
    for words in ("--network none", "--read-only", "--cap-drop all", "no-new-privileges", "--user 20000:20000", "--rm"):
        assert words in arguments
    assert arguments.endswith(
        "ipython matplotlib-inline msgspec traitlets matplotlib numpy pandas pytest scikit-learn torch torchvision"
    )


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ("gabarito.worker", "worker's sources"),
        ("gabarito.lock", "pinned packages"),
        ("gabarito.recipe", "recipe"),
        ("gabarito.version", "version"),
    ],
)
def test_an_image_of_another_version_says_so(stub: Stub, changed: str, word: str) -> None:
    stub.answer("image inspect", out=inspected({**labels("cuda"), changed: "other"}))
    stub.answer("run", out=GOOD)
    checked = check_image("podman", "localhost/gabarito:cuda")
    assert not checked.is_good
    assert checked.findings[0].problem == (
        f"built from another version ({word} differ); run 'gabarito image build --target cuda'"
    )


def test_an_image_of_another_program_says_so(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected({}))
    stub.answer("run", out=GOOD)
    assert "another program built it" in check_image("podman", "localhost/other:1").findings[0].problem


def test_what_is_wrong_inside_is_told_with_its_first_examples(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    wrong = {**NOTHING, "set-user-id": [f"/bin/{n}" for n in range(7)], "programs": ["curl"]}
    stub.answer("run", out=json.dumps(wrong))
    problems = {f.name: f.problem for f in check_image("podman").findings if f.problem}
    assert problems == {"programs": "curl", "set-user-id": "/bin/0, /bin/1, /bin/2 and 4 more"}


@pytest.mark.parametrize(
    ("name", "advice"),
    [(None, "'gabarito image build'"), ("localhost/gabarito:cuda", "'gabarito image build --target cuda'")],
)
def test_a_missing_image_says_how_to_make_it(stub: Stub, name: str | None, advice: str) -> None:
    stub.answer("image inspect", code=125, err="Error: no such image")
    with pytest.raises(EngineError) as caught:
        check_image("podman", name)
    assert advice in str(caught.value)


def test_an_image_that_can_not_be_started_says_what_podman_said(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    stub.answer("run", code=127, err="Error: exec: /opt/gabarito/venv/bin/python: no such file\n")
    with pytest.raises(
        EngineError, match=r"looking into localhost/gabarito:cpu failed: podman ended with code 127(.|\n)*no such file"
    ):
        check_image("podman")


@pytest.mark.parametrize("said", ["", "{}", "[1]", '{"worker": 1}'])
def test_an_answer_that_is_not_understood_is_told(stub: Stub, said: str) -> None:
    stub.answer("image inspect", out=inspected(labels("cpu")))
    stub.answer("run", out=said)
    with pytest.raises(EngineError, match="build it again"):
        check_image("podman")
