"""The desk in a real browser: keys, mouse, frames, attacks from other pages, screen readers."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autograder.course.packages import Built
from autograder.desk.guard import Keys
from autograder.desk.reading import Desk
from tests import class_attacks, synthetic
from tests.browser.desk import served
from tests.browser.test_report_browser import browser, keep_picture, serious_violations
from tests.gradebook.builder import grade, hand_in, person, rows, totals
from tests.outputs import hostile_class

__all__ = ["browser"]
pytestmark = pytest.mark.browser


def desk_of(out: Path) -> Desk:
    return Desk(out, {})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Ada, Ben and Cem fail the same test; Dee passes, and handed in a broken cell."""
    names = ("Ada", "Ben", "Cem")
    hand_ins = [hand_in(person(name=name), command=f"fail # {name}") for name in names]
    grade(tmp_path, *hand_ins, hand_in(person(name="Dee"), command="event # Dee"))
    return tmp_path


@contextmanager
def opened(browser: Any, keys: Keys, **options: Any) -> Iterator[Any]:
    """A page that came in by the address; anything fetched from elsewhere fails the test."""
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
    page = context.new_page()
    trouble: list[str] = []
    here = f"http://127.0.0.1:{keys.port}/"
    page.on(
        "request", lambda r: None if r.url.startswith((here, "data:")) else trouble.append(r.url)
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    page.goto(keys.address)
    page.wait_for_url(f"{here}{keys.folder}/")
    yield page
    context.close()
    assert trouble == []


def press(page: Any, key: str) -> None:
    """Press a key once the page's script listens."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def test_a_group_is_marked_by_keyboard_alone(browser: Any, out: Path) -> None:
    with served(desk_of(out)) as keys, opened(browser, keys) as page:
        page.goto(f"http://127.0.0.1:{keys.port}{keys.base}/exercise/router")
        assert page.locator("h3#answer").inner_text().startswith("Ada: 4 of 10")
        press(page, "n")
        page.locator("h3#answer", has_text="Ben").wait_for()
        assert page.locator("mark").all_inner_texts() == ["fail # Ben", "fail # Ada"]
        press(page, "m")
        page.keyboard.type("9")
        page.keyboard.press("Tab")
        page.keyboard.type("The next one")
        page.keyboard.press("Enter")
        page.get_by_role("status").wait_for()
        assert "Stored: 9 points in router for Ben." in page.get_by_role("status").inner_text()
        assert totals(out)["Ben"] == 13.0
        press(page, "u")
        page.get_by_text("Taken back: 9 points in router.").wait_for()
        assert totals(out)["Ben"] == 8.0
        press(page, "n")
        page.locator("h3#answer", has_text="Cem").wait_for()
        press(page, "p")
        page.locator("h3#answer", has_text="Ben").wait_for()
        press(page, "o")
        page.get_by_role("heading", name="Ben", exact=True).wait_for()


def test_a_group_is_marked_with_the_mouse(browser: Any, out: Path) -> None:
    with served(desk_of(out)) as keys, opened(browser, keys) as page:
        page.get_by_role("link", name="Exercises").click()
        page.get_by_role("link", name="router").click()
        form = page.get_by_role("form", name="Give to all 3")
        form.get_by_label("Points").fill("12")
        form.get_by_label("Reason").fill("Too many")
        form.get_by_role("button").click()
        assert "points is 12; router has 0 to 10 points" in (
            page.get_by_role("alert").inner_text().lower()
        )
        page.get_by_role("link", name="Back to the page").click()
        form.get_by_label("Points").fill("6")
        form.get_by_label("Reason").fill("One slip")
        form.get_by_role("button").click()
        page.get_by_text("Stored: 6 points in router for 3 students.").wait_for()
        assert totals(out) == {"Ada": 10.0, "Ben": 10.0, "Cem": 10.0, "Dee": 20.0}
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Taken back").wait_for()
        assert totals(out)["Ada"] == 8.0


def test_a_cell_that_is_named_opens_in_its_lessons_frame(browser: Any, tmp_path: Path) -> None:
    dee = person(name="Dee")
    lessons = ("lesson-one", "lesson-two")
    grade(tmp_path, *(hand_in(dee, command=f"event # {one}", lesson=one) for one in lessons))
    with served(desk_of(tmp_path)) as keys, opened(browser, keys) as page:
        page.get_by_role("link", name="Dee").first.click()
        page.get_by_role("link", name="Cell 3").last.click()
        second = page.frame_locator("iframe >> nth=1")
        second.locator("#cell-3:target").wait_for(timeout=60_000)
        assert "rope" in second.locator("#cell-3").inner_text()
        assert page.frame_locator("iframe >> nth=0").locator("#cell-3:target").count() == 0


def test_a_hostile_class_runs_nothing(browser: Any, tmp_path: Path) -> None:
    out = hostile_class.write(tmp_path / "class", tmp_path / "out")
    ids = {row.student.id for row in rows(out).values()}
    with served(desk_of(out)) as keys, opened(browser, keys) as page:
        root = f"http://127.0.0.1:{keys.port}{keys.base}"
        for path in ("/", "/class", "/exercise/router", *(f"/student/{one}" for one in ids)):
            page.goto(root + path)
            page.wait_for_timeout(30)
            assert "owned" not in page.title()
            for frame in page.frames:
                assert "owned" not in frame.title()


def test_every_attack_on_the_desk_acts_in_no_view(browser: Any, tmp_path: Path) -> None:
    """Each view, each notebook in its frame and in a tab, and the keys of the desk on each."""
    out = class_attacks.write_attacks(tmp_path / "class", tmp_path / "out", {"desk"})
    before = totals(out)
    desk = desk_of(out)
    with served(desk) as keys, opened(browser, keys) as page:
        root = f"http://127.0.0.1:{keys.port}{keys.base}"
        paths = list(class_attacks.desk_paths(desk))
        assert len(paths) > 20
        for path in paths:
            page.goto(root + path)
            if path.startswith("/student/"):
                page.wait_for_load_state("networkidle")  # The frames of notebooks come last.
            assert page.url == root + path
            for frame in page.frames:
                assert frame.url.startswith(root)
                assert "pwned" not in frame.title()
            if not path.startswith("/notebook/"):
                press(page, "u")
                page.wait_for_timeout(20)
                assert page.url == root + path
    assert totals(out) == before


def test_a_page_of_another_site_changes_and_reads_nothing(browser: Any, out: Path) -> None:
    """Another user's server on the same host: for SameSite, ports make no difference."""
    seen: list[str] = []

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Cookie", ""))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<body>evil</body>")

        def log_message(self, *_: object) -> None:
            return

    evil = http.server.HTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=evil.serve_forever, daemon=True).start()
    with served(desk_of(out)) as keys:
        context = browser.new_context()
        page = context.new_page()
        page.goto(keys.address)
        page.wait_for_url(f"**{keys.base}/")
        root = f"http://127.0.0.1:{keys.port}{keys.base}"
        page.goto(f"{root}/exercise/router")
        form = page.evaluate(
            "Object.fromEntries(new FormData(document.querySelector('form.dk-give')))"
        ) | {"points": "10", "why": "forged"}
        page.goto(f"http://127.0.0.1:{evil.server_port}/")
        assert set(seen) == {""}
        # Even one who had learned every secret of the form, but for the origin.
        with page.expect_navigation() as navigation:
            page.evaluate(
                """([address, fields]) => {
                  const form = document.createElement("form");
                  form.method = "post"; form.action = address;
                  for (const [name, value] of Object.entries(fields)) {
                    const input = document.createElement("input");
                    input.name = name; input.value = value; form.append(input);
                  }
                  document.body.append(form); form.submit();
                }""",
                [f"{root}/give", form],
            )
        assert navigation.value.status == 403
        page.goto(f"http://127.0.0.1:{evil.server_port}/")
        read = "address => fetch(address, {credentials: 'include'}).then(() => 1, () => 0)"
        assert page.evaluate(read, f"{root}/class") == 0
        context.close()
    evil.shutdown()
    evil.server_close()
    assert totals(out)["Ada"] == 8.0


@pytest.fixture(scope="module")
def real(first_lesson: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of 60 with one real notebook in a gradebook of its own beside it."""
    out = synthetic.make_class(tmp_path_factory.mktemp("crowd"), 60)
    synthetic.make_one(out / "one", first_lesson.package, first_lesson.solution)
    return out


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (500, "dark"),
        (1280, "light"),
        pytest.param(500, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
    ],
)
def test_views_have_no_serious_accessibility_violation(
    browser: Any, real: Path, width: int, scheme: str
) -> None:
    options = {
        "viewport": {"width": width, "height": 900}, "color_scheme": scheme, "bypass_csp": True,
    }  # fmt: skip
    views = {
        "todo": "/", "exercises": "/exercises", "exercise": "/exercise/rope?answer=1",
        "student": "/student/2", "test": "/test/rope/test_shapes", "class": "/class",
    }  # fmt: skip
    with served(desk_of(real)) as keys, opened(browser, keys, **options) as page:
        for name, path in views.items():
            page.goto(f"http://127.0.0.1:{keys.port}{keys.base}{path}")
            page.wait_for_load_state("networkidle")
            keep_picture(page, f"desk-{name}-{width}-{scheme}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            for heading in page.locator("th:visible").all():  # No table hides a column.
                box = heading.bounding_box()
                assert box["x"] + box["width"] <= width, name
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            assert serious_violations(page, iframes=False) == [], name
