from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import gabarito
from gabarito.engine import image


def test_references_are_names_with_the_target_as_tag() -> None:
    assert [image.reference(target) for target in image.TARGETS] == [
        "localhost/gabarito:cpu",
        "localhost/gabarito:cuda",
    ]


def test_a_worker_imports_nothing_of_gabarito_but_what_an_image_holds() -> None:
    code = (
        "import sys; from gabarito.engine import supervisor; supervisor._preload(['gabarito']); "
        "print(*(m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'gabarito'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {Path(name) for name in done.stdout.split()}
    assert len(imported) > 30
    assert imported <= {path for _, path in image.worker_files()}


def test_files_are_named_from_the_package_in_order() -> None:
    names = [name for name, _ in image.worker_files()]
    assert names[:3] == ["__init__.py", "errors.py", "model.py"]
    assert {"engine/supervisor.py", "testing/__init__.py"} <= set(names)
    assert not any(name.startswith(("cli/", "grading/")) for name in names)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of a few files in place of gabarito."""
    for name in ("__init__.py", "errors.py", "model.py", "engine/wire.py", "testing/calls.py", "cli/app.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# {name}\n")
    monkeypatch.setattr(gabarito, "__file__", str(tmp_path / "__init__.py"))
    return tmp_path


def test_the_digest_is_that_of_names_and_contents(package: Path) -> None:
    before = image.worker_digest()
    assert len(before) == 64
    assert image.worker_digest() == before
    (package / "engine" / "wire.py").rename(package / "engine" / "wires.py")
    renamed = image.worker_digest()
    (package / "engine" / "wires.py").write_text("# changed\n")
    assert len({before, renamed, image.worker_digest()}) == 3


def test_the_digest_leaves_out_what_no_worker_runs(package: Path) -> None:
    before = image.worker_digest()
    (package / "cli" / "app.py").write_text("# changed\n")
    (package / "engine" / "wire.pyc").write_bytes(b"compiled")
    assert image.worker_digest() == before
