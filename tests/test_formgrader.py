"""Formgrader in a real browser, on a course that gabarito releases and grades through nbgrader's own buttons."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook

from gabarito.course import Course
from gabarito.grading.autograded import read_made_from
from gabarito.grading.bulk import grade
from gabarito.grading.result import Status
from gabarito.release import release
from tests.release.factories import lesson, notebook, write_course

CONFIG = """
from gabarito.nbgrader_plugin import configure
configure(c)
c.CourseDirectory.course_id = "demo"
"""
RIGHT = "def double(x):\n    return 2 * x"
CHROMIUM = "/usr/bin/chromium"
PICTURES = Path(os.environ.get("GABARITO_PICTURES", "test-pictures"))
"""Where a screenshot is kept of a page on which a test failed."""
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    made = write_course(tmp_path / "course", CONFIG, ps1=notebook(*lesson()))
    release(made, "ps1")
    hand_in(made, "ana", RIGHT)
    hand_in(made, "bo", "def double(x):\n    return 4")
    assert grade(made, "ps1").by_status() == {Status.GRADED: 2}
    return made


def hand_in(course: Course, student: str, double: str) -> None:
    folder = course.submitted / student / "ps1"
    folder.mkdir(parents=True, exist_ok=True)
    found = nbformat.read(course.release / "ps1" / "ps1.ipynb", as_version=4)
    answers = {"double": double, "essay": "Because it is so."}
    for cell in found.cells:
        cell.source = answers.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    nbformat.write(found, folder / "ps1.ipynb")


@contextmanager
def served(course: Course, folder: Path) -> Iterator[str]:
    """The URL of a Jupyter server in the course folder, with formgrader."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
    }
    extensions = {"nbgrader.server_extensions.formgrader": True}
    argv = [
        *(sys.executable, "-m", "jupyter_server", "--allow-root", "--no-browser", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="),
        *(f"--ServerApp.root_dir={course.root}", f"--ServerApp.jpserver_extensions={extensions}"),
    ]
    said = folder / "server.log"
    with (
        said.open("w") as log,
        subprocess.Popen(
            argv, cwd=course.root, env=environment, stdout=log, stderr=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stderr is not None
        try:
            heard = []
            for line in server.stderr:
                heard.append(line)
                if f"127.0.0.1:{port}" in line:
                    break
            else:
                pytest.fail(f"Jupyter did not start: {''.join(heard)}")
            # What it says later must not fill the pipe.
            with subprocess.Popen(["cat"], stdin=server.stderr, stdout=log):
                try:
                    yield f"http://127.0.0.1:{port}"
                finally:
                    server.terminate()
        finally:
            server.kill()


@contextmanager
def opened(folder: Path, name: str) -> Iterator[Any]:
    """A page of the browser; when the block fails, a picture of it is kept."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(folder / "browser"), executable_path=CHROMIUM, args=list(FLAGS), viewport={"width": 1200, "height": 900}
        )
        page = context.pages[0]
        page.set_default_timeout(30_000)
        try:
            yield page
        except BaseException:
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
            raise
        finally:
            context.close()


def look(page: Any, name: str) -> None:
    """Keep a picture where somebody wants to look at all of them."""
    if "GABARITO_PICTURES" in os.environ:
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


@pytest.mark.filterwarnings("ignore:Object of type <Submitted.*not in session:sqlalchemy.exc.SAWarning")
def test_a_ta_grades_in_the_browser(course: Course, tmp_path: Path) -> None:
    pytest.importorskip("playwright", reason="formgrader: the package playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"formgrader: no {CHROMIUM}; 'make engines' installs it on Debian")
    pytest.importorskip("jupyter_server", reason="formgrader: the package jupyter_server is not installed")
    with served(course, tmp_path) as url, opened(tmp_path, "formgrader") as page:
        # the list of assignments, and of what was handed in
        page.goto(f"{url}/formgrader/manage_assignments")
        page.get_by_role("link", name="ps1", exact=True).wait_for()
        look(page, "1-assignments")
        page.goto(f"{url}/formgrader/manage_submissions/ps1")
        page.locator(".student-id", has_text="bo").wait_for()
        look(page, "2-submissions")

        # ana's submission: automatic scores, outcomes, and the written answer
        page.goto(f"{url}/formgrader/gradebook/ps1/ps1")
        page.get_by_role("link", name="Submission #1").wait_for()
        look(page, "3-gradebook")
        with Gradebook(course.db_url) as gradebook:
            ana = gradebook.find_submission_notebook("ps1", "ps1", "ana").id
        page.goto(f"{url}/formgrader/submissions/{ana}")
        page.wait_for_function("document.getElementById('test-double').placeholder === '2'")
        assert page.locator("input#test-half").get_attribute("placeholder") == "1.5"
        essay = page.locator("input#essay")
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT") as saved:
            essay.fill("3.5")
            essay.press("Tab")
        assert saved.value.ok
        look(page, "4-submission")
        with Gradebook(course.db_url) as gradebook:
            assert gradebook.find_grade("essay", "ps1", "ps1", "ana").manual_score == 3.5

        # a wrong submission shows its error
        with Gradebook(course.db_url) as gradebook:
            bo = gradebook.find_submission_notebook("ps1", "ps1", "bo").id
        page.goto(f"{url}/formgrader/submissions/{bo}")
        page.get_by_text("AssertionError").first.wait_for()
        look(page, "5-wrong-submission")

        # feedback
        page.goto(f"{url}/formgrader/manage_submissions/ps1")
        page.locator(".student-id", has_text="ana").wait_for()
        with page.expect_response(lambda r: r.url.endswith("/ps1/ana/generate_feedback")) as made:
            page.locator("tr", has_text="ana").locator(".generate-feedback a").click()
        assert made.value.json()["success"]
        page.locator("#success-modal").get_by_text("Successfully generated feedback").wait_for()
        look(page, "6-feedback")
        assert (course.feedback / "ana" / "ps1" / "ps1.html").is_file()

        # bo hands in again, and the button grades it with gabarito
        before = read_made_from(course.autograded / "bo" / "ps1" / "ps1.ipynb").key
        hand_in(course, "bo", RIGHT)
        page.goto(f"{url}/formgrader/manage_submissions/ps1")
        page.locator(".student-id", has_text="bo").wait_for()
        with page.expect_response(lambda r: r.url.endswith("/ps1/bo/autograde")) as graded:
            page.locator("tr", has_text="bo").locator(".autograde a").click()
        result = graded.value.json()
        page.locator(".modal-title").wait_for()
        look(page, "7-autograde")
        assert result["success"], result
        assert "bo: graded, 3.5 of 3.5 points" in result["log"]
        after = read_made_from(course.autograded / "bo" / "ps1" / "ps1.ipynb").key
        assert None not in (before, after)
        assert before != after

        # the manual score of the other one is still there
        with Gradebook(course.db_url) as gradebook:
            assert gradebook.find_grade("test-double", "ps1", "ps1", "bo").auto_score == 2
            assert gradebook.find_grade("essay", "ps1", "ps1", "ana").manual_score == 3.5
