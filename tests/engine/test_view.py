"""What the private view has to open, so that student code finds the Python that runs it."""

from __future__ import annotations

from pathlib import Path

from gabarito.engine.view import closed_folders


def test_the_outermost_folder_that_only_its_owner_can_enter(tmp_path: Path) -> None:
    inner = tmp_path / "open" / "closed" / "also" / "venv"
    inner.mkdir(parents=True)
    for folder in (tmp_path / "open", inner):
        folder.chmod(0o755)
    for folder in (inner.parent, inner.parent.parent):
        folder.chmod(0o700)
    found = closed_folders([str(inner), str(inner / "lib")])
    assert [folder for folder in found if folder.startswith(f"{tmp_path}/")] in ([], [str(inner.parent.parent)])
    assert any(str(inner).startswith(f"{folder}/") for folder in found)
    assert closed_folders(["/usr/lib"]) == []
