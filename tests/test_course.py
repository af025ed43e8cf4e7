"""Where a course keeps its things, and settings that can't be meant."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gabarito.course import Gabarito, find_course, load_course
from gabarito.errors import CourseError
from gabarito.model import Limits, NotebookRecord, ReleaseRecord


def _config(root: Path, *lines: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    (root / "nbgrader_config.py").write_text("\n".join(["c = get_config()", *lines]))
    return root


def test_an_empty_configuration_is_a_course(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").touch()
    course = load_course(tmp_path)
    assert course.root == tmp_path
    assert course.db_url == f"sqlite:///{tmp_path}/gradebook.db"
    for name in ("source", "release", "submitted", "autograded", "feedback", "grader_tests"):
        assert getattr(course, name) == tmp_path / name
    assert course.limits == Limits()
    assert course.assignments() == []


def test_folders_and_database_of_nbgrader(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    course = load_course(
        _config(
            tmp_path / "course",
            "c.CourseDirectory.source_directory = 'lessons'",
            f"c.CourseDirectory.submitted_directory = {str(elsewhere)!r}",
            "c.CourseDirectory.db_url = 'sqlite:///:memory:'",
        )
    )
    assert course.source == tmp_path / "course" / "lessons"
    assert course.submitted == elsewhere
    assert course.db_url == "sqlite:///:memory:"


def test_limits(tmp_path: Path) -> None:
    course = load_course(
        _config(tmp_path, "c.Gabarito.memory_mb = 100", "c.Gabarito.output_kb = 3", "c.Gabarito.idle_seconds = 0.5")
    )
    assert course.limits == Limits(memory_bytes=100 << 20, output_bytes=3 << 10, idle_seconds=0.5)


def test_data_folders(tmp_path: Path) -> None:
    course = load_course(_config(tmp_path / "course", "c.Gabarito.data = ['data', '../shared/more']"))
    (tmp_path / "course" / "data").mkdir()
    (tmp_path / "shared" / "more").mkdir(parents=True)
    assert course.data() == {"data": str(tmp_path / "course" / "data"), "more": str(tmp_path / "shared" / "more")}


def test_data_folders_that_cannot_be(tmp_path: Path) -> None:
    course = load_course(_config(tmp_path, "c.Gabarito.data = ['a/data', 'b/data']"))
    with pytest.raises(CourseError, match=r"names 'a/data', but .*/a/data is no folder"):
        course.data()
    for name in "ab":
        (tmp_path / name / "data").mkdir(parents=True)
    with pytest.raises(CourseError, match="two folders named 'data'"):
        course.data()


def test_the_sandbox_is_that_of_the_option_the_environment_or_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = load_course(_config(tmp_path, "c.Gabarito.sandbox = 'docker'", "c.Gabarito.image = 'some:image'"))
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr("gabarito.course.choose_sandbox", lambda *wanted: asked.append(wanted))
    monkeypatch.setenv("GABARITO_SANDBOX", "podman")
    course.sandbox("process")
    course.sandbox()
    monkeypatch.delenv("GABARITO_SANDBOX")
    course.sandbox()
    course.sandbox(uses_gpu=True)
    names = ("process", "cpu"), ("podman", "cpu"), ("docker", "cpu"), ("docker", "cuda")
    assert asked == [(name, "some:image", target) for name, target in names]


def test_every_option_reaches_the_limits_and_tells_what_it_is() -> None:
    values = {"cell_cpu_seconds": 1, "notebook_cpu_seconds": 2, "cell_wall_seconds": 3, "idle_seconds": 4}
    numbers = {"memory_mb": 50, "output_kb": 60, "processes": 7, "scratch_mb": 80}
    options = Gabarito(**values, **numbers)
    limits = options.limits()
    assert {name: getattr(limits, name) for name in values} == values
    assert (limits.memory_bytes, limits.output_bytes, limits.processes) == (50 << 20, 60 << 10, 7)
    assert limits.scratch_bytes == 80 << 20
    assert set(options.trait_names(config=True)) == {
        *values,
        *numbers,
        *(
            "cluster",
            "data",
            "gpu_memory_mb",
            "gpu_slots",
            "gpus",
            "image",
            "nbgrader",
            "otter_tests",
            "preload",
            "require_gpu",
            "sandbox",
            "two_process",
        ),
    }
    assert all(trait.help.endswith(".") for trait in options.traits(config=True).values())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("c.Gabarito.cell_cpu_seconds = 'long'", "'cell_cpu_seconds' trait .* expected a float, not the str 'long'"),
        ("c.Gabarito.cell_cpu_seconds = 0", "'cell_cpu_seconds' trait .* should not be less than 0.1"),
        ("c.Gabarito.memory_mb = -1", "'memory_mb' trait .* should not be less than 16"),
        ("c.Gabarito.preload = ['torch', 3]", "'preload' trait .* not the int 3"),
        ("c.Gabarito.sandbox = 'magic'", "'sandbox' trait .* not the str 'magic'"),
        ("c.Gabarito.cpu_second = 3", "c.Gabarito has no option 'cpu_second'; did you mean 'cell_cpu_seconds'"),
        ("c.Gabarito.zzz = 3", "c.Gabarito has no option 'zzz'; it has cell_cpu_seconds, .*, sandbox"),
        ("c.CourseDirectory.db_url = 5", "'db_url' trait of a CourseDirectory .* not the int 5"),
        ("c = (", r"can't be loaded: SyntaxError: .* \(nbgrader_config.py, line 2\)"),
        ("1 / 0", "can't be loaded: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "can't be loaded: SystemExit: 3"),
    ],
)
def test_settings_that_cannot_be_meant(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(CourseError, match=f"^{tmp_path}/nbgrader_config.py.*{why}"):
        load_course(_config(tmp_path, line))


def test_no_course(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=rf"^no nbgrader_config\.py in {tmp_path}; create one"):
        load_course(tmp_path)
    with pytest.raises(CourseError, match=rf"^no nbgrader_config\.py in {tmp_path} or any folder above it"):
        find_course(tmp_path)


def test_the_nearest_course_upwards(tmp_path: Path) -> None:
    outer, inner = _config(tmp_path), _config(tmp_path / "a" / "b")
    deep = inner / "source" / "ps1"
    deep.mkdir(parents=True)
    assert find_course(deep).root == find_course(inner).root == inner
    assert find_course(inner.parent).root == outer


def test_assignments_are_folders(tmp_path: Path) -> None:
    course = load_course(_config(tmp_path))
    for name in ("tensors", "differentiable"):
        (course.source / name).mkdir(parents=True)
    (course.source / "header.ipynb").touch()
    assert course.assignments() == ["differentiable", "tensors"]


def test_records(tmp_path: Path) -> None:
    course = load_course(_config(tmp_path))
    with pytest.raises(
        CourseError, match=rf"has no source \(there are: none\); put its notebook into {tmp_path}/source/ps1"
    ):
        course.record("ps1")
    (course.source / "ps1").mkdir(parents=True)
    with pytest.raises(CourseError, match=r"'ps1' has not been released \(no .*\); run 'gabarito release ps1' first$"):
        course.record("ps1")
    record = ReleaseRecord(assignment="ps1", notebooks=(NotebookRecord(name="one", cells=()),))
    path = course.record_path("ps1")
    path.parent.mkdir(parents=True)
    path.write_bytes(msgspec.json.encode(record))
    assert course.record("ps1") == record
    for damaged in (b"", b"[]", b'{"assignment": "ps1"}', b"\xff"):
        path.write_bytes(damaged)
        with pytest.raises(CourseError, match=r"is damaged .* run 'gabarito release ps1' again"):
            course.record("ps1")


def test_a_mistyped_assignment_is_guessed(tmp_path: Path) -> None:
    course = load_course(_config(tmp_path))
    (course.source / "differentiable").mkdir(parents=True)
    course.record_path("tensors").parent.mkdir(parents=True)
    course.record_path("tensors").write_text("{}")
    for typed, meant in {"diferentiable": "differentiable", "Tensor": "tensors"}.items():
        with pytest.raises(CourseError, match=rf"^there is no assignment '{typed}'; did you mean '{meant}'\?$"):
            course.record(typed)
    with pytest.raises(CourseError, match=r"has no source \(there are: differentiable\)"):
        course.record("autograd")


@pytest.mark.parametrize(
    ("config", "cell", "idle", "notebook"),
    [
        ("c.Execute.timeout = 400", 400, 400, 400),
        ("c.Execute.timeout = 2", 2, 2, 300),
        ("c.Execute.timeout = 2\nc.Gabarito.cell_cpu_seconds = 5.0", 5, 2, 300),
        ("c.Execute.timeout = None", 30, 20, 300),
        ("c.Execute.timeout = -1", 30, 20, 300),
    ],
)
def test_nbgraders_limit_of_a_cell_holds_where_there_is_none_of_ours(
    tmp_path: Path, config: str, cell: float, idle: float, notebook: float
) -> None:
    (tmp_path / "nbgrader_config.py").write_text(f"c = get_config()\n{config}\n")
    limits = load_course(tmp_path).limits
    assert (limits.cell_cpu_seconds, limits.idle_seconds, limits.notebook_cpu_seconds) == (cell, idle, notebook)
