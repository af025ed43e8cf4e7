from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

import gabarito
from gabarito.engine.image import LOCK_LABEL, RECIPE_LABEL, TARGET_LABEL, TARGETS, VERSION_LABEL, worker_digest
from gabarito.errors import EngineError, UsageError
from gabarito.images import recipe

ROOT = Path(__file__).parents[2]


def contents(folder: Path) -> dict[str, tuple[bytes, float, int]]:
    return {
        str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime, p.stat().st_mode)
        for p in folder.rglob("*")
        if p.is_file()
    }


def test_the_folder_of_a_build_is_the_same_each_time(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        recipe.write_context(tmp_path / name, "cpu")
        made.append(contents(tmp_path / name))
    assert made[0] == made[1]
    assert {"Containerfile", "strip.sh", "install.sh", "cpu.lock", "gabarito/engine/supervisor.py"} <= made[0].keys()
    assert not [name for name in made[0] if name.endswith((".pyc", "cuda.lock", ".in"))]


@pytest.mark.parametrize("target", TARGETS)
def test_labels_tell_what_an_image_was_built_from(target: str) -> None:
    labels = recipe.labels(target)
    assert labels[TARGET_LABEL] == target
    assert labels[VERSION_LABEL] == gabarito.__version__
    assert labels["gabarito.worker"] == worker_digest()


def test_labels_change_with_what_they_are_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "containers", tmp_path / "containers")
    monkeypatch.setattr(recipe, "containers", lambda: tmp_path / "containers")
    before = recipe.labels("cpu")
    with (tmp_path / "containers" / "cpu.lock").open("a") as lock:
        lock.write("another==1.0\n")
    after = recipe.labels("cpu")
    assert {name for name in before if before[name] != after[name]} == {LOCK_LABEL}
    with (tmp_path / "containers" / "strip.sh").open("a") as script:
        script.write("true\n")
    assert {name for name in before if recipe.labels("cpu")[name] != after[name]} == {RECIPE_LABEL}


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(UsageError, match="no target 'tpu'; there are: cpu, cuda"):
        recipe.labels("tpu")


def test_an_installed_package_has_the_folder_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "site-packages" / "gabarito"
    package.mkdir(parents=True)
    monkeypatch.setattr(gabarito, "__file__", str(package / "__init__.py"))
    with pytest.raises(EngineError, match=r"made from are missing.*install gabarito again"):
        recipe.containers()
    shutil.copytree(ROOT / "containers", package / "containers")
    assert recipe.containers() == package / "containers"
    (package / "containers" / "cpu.lock").unlink()
    with pytest.raises(EngineError, match=r"cpu\.lock are missing; make them with 'make lock'"):
        recipe.lock("cpu")


def test_a_wheel_takes_the_folder_along() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert taken == {"containers": "gabarito/containers"}


@pytest.mark.parametrize("target", TARGETS)
def test_a_lock_pins_what_is_asked_for_and_nothing_twice(target: str) -> None:
    lines = [x for x in recipe.lock(target).read_text().splitlines() if not x.startswith("#")]
    names = [line.partition("==")[0].lower() for line in lines]
    assert all("==" in line for line in lines)
    assert len(names) == len(set(names))
    asked = [x for x in (ROOT / "containers" / "packages.in").read_text().splitlines() if x and not x.startswith("#")]
    assert {x.partition(">=")[0].lower() for x in asked} <= set(names)


def test_the_courses_packages_are_among_those_of_the_image() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = set((ROOT / "containers" / "packages.in").read_text().splitlines())
    assert set(project["optional-dependencies"]["course"]) <= asked
    worker = {"ipython", "matplotlib-inline", "msgspec", "traitlets"}
    assert {x for x in project["dependencies"] if x.partition(">=")[0] in worker} <= asked


def test_nothing_of_a_machine_is_in_the_recipe() -> None:
    for path in (ROOT / "containers").iterdir():
        text = path.read_text()
        addresses = [word for word in text.split() if "://" in word]
        assert all("https://download.pytorch.org/whl/cpu" in word for word in addresses), path
