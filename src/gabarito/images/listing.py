"""The images of this machine that gabarito built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from gabarito.engine.image import TARGET_LABEL, TARGETS, VERSION_LABEL
from gabarito.errors import EngineError
from gabarito.images.program import call
from gabarito.images.recipe import labels


@dataclass(frozen=True, slots=True)
class Image:
    """An image and its labels.

    Attributes:
        created: when it was built, as the engine writes it.
    """

    reference: str
    id: str
    created: str
    bytes: int
    labels: dict[str, str]

    @property
    def target(self) -> str:
        """`cpu` or `cuda`, or empty where the image is none of ours."""
        return self.labels.get(TARGET_LABEL, "")

    @property
    def version(self) -> str:
        """The gabarito that it was built from."""
        return self.labels.get(VERSION_LABEL, "")

    @property
    def is_current(self) -> bool:
        """Whether it is what this gabarito would build."""
        return self.target in TARGETS and self.labels.items() >= labels(self.target).items()


def list_images(program: str) -> list[Image]:
    """All images with gabarito's labels, by name; untagged ones are left out.

    Raises:
        EngineError: the engine fails or answers in another way than it used to.
    """
    doing = "listing images"
    wanted = ["images", "--filter", f"label={TARGET_LABEL}", "--format", "{{.Repository}}:{{.Tag}}"]
    names = sorted({n for n in call(program, *wanted, doing=doing).split() if "<none>" not in n})
    return [image for name in names if (image := find_image(program, name)) is not None]


def find_image(program: str, name: str) -> Image | None:
    """The image of that name, or None where this machine has none.

    Raises:
        EngineError: the engine fails or answers in another way than it used to.
    """
    try:
        said = call(program, "image", "inspect", name, doing=f"looking for {name}")
    except EngineError as e:
        if any(sign in str(e).lower() for sign in ("no such image", "image not known", "no such object")):
            return None
        raise
    try:
        (found,) = json.loads(said)
        return _image(name, found)
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise EngineError(
            f"{program} describes {name} in a way that is not understood ({type(e).__name__}: {e}); "
            f"see what '{program} image inspect {name}' prints, and update gabarito or {program}"
        ) from None


def _image(name: str, found: dict[str, Any]) -> Image:
    given = found.get("Labels") or (found.get("Config") or {}).get("Labels") or {}
    return Image(
        reference=name,
        id=str(found["Id"]).removeprefix("sha256:"),
        created=str(found["Created"]),
        bytes=int(found["Size"]),
        labels={str(k): str(v) for k, v in given.items()},
    )
