from __future__ import annotations

import json

import pytest

from gabarito.errors import EngineError
from gabarito.images.listing import find_image, list_images
from gabarito.images.recipe import labels
from tests.images.stubs import Stub, inspected


def test_images_are_listed_by_name(stub: Stub) -> None:
    stub.answer("images", out="localhost/gabarito:cuda\nlocalhost/gabarito:cpu\n<none>:<none>\n")
    stub.answer("image inspect", out=inspected(labels("cpu")))
    images = list_images("podman")
    assert [i.reference for i in images] == ["localhost/gabarito:cpu", "localhost/gabarito:cuda"]
    assert images[0].target == "cpu"
    assert images[0].is_current
    assert images[0].id == "0" * 64
    assert images[0].bytes == 1_800_000_000


@pytest.mark.parametrize("changed", ["gabarito.worker", "gabarito.lock", "gabarito.recipe", "gabarito.version"])
def test_an_image_of_other_sources_is_outdated(stub: Stub, changed: str) -> None:
    stub.answer("image inspect", out=inspected({**labels("cpu"), changed: "other"}))
    found = find_image("podman", "localhost/gabarito:cpu")
    assert found is not None
    assert not found.is_current


def test_docker_keeps_labels_elsewhere(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected({}, Labels=None, Config={"Labels": labels("cuda")}), program="docker")
    found = find_image("docker", "localhost/gabarito:cuda")
    assert found is not None
    assert found.is_current


def test_an_image_without_labels_is_none_of_ours(stub: Stub) -> None:
    stub.answer("image inspect", out=inspected({}, Labels=None, Config={"Labels": None}))
    found = find_image("podman", "localhost/other:1")
    assert found is not None
    assert (found.target, found.version, found.is_current) == ("", "", False)


@pytest.mark.parametrize("said", ["Error: inspecting object: x: image not known", "Error: No such image: x"])
def test_a_missing_image_is_none(stub: Stub, said: str) -> None:
    stub.answer("image inspect", code=125, err=said)
    assert find_image("podman", "x") is None


def test_another_failure_is_no_missing_image(stub: Stub) -> None:
    stub.answer("image inspect", code=125, err="Error: permission denied")
    with pytest.raises(EngineError, match=r"looking for x failed: podman ended with code 125; it lacks a right"):
        find_image("podman", "x")


@pytest.mark.parametrize("said", ["nonsense", "[]", json.dumps([{"Id": "1"}]), "[1]"])
def test_an_answer_that_is_not_understood_is_told(stub: Stub, said: str) -> None:
    stub.answer("image inspect", out=said)
    with pytest.raises(EngineError, match="podman describes x in a way that is not understood"):
        find_image("podman", "x")
