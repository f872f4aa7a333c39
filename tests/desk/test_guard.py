"""Nobody but the browser that was given the address gets anything, or decides anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.desk.guard import COOKIE
from tests.desk.client import HERE, PORT, Browser, desk_of
from tests.gradebook.builder import grade, hand_in, person, totals

ADA = person(name="Ada Lovelace")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    grade(tmp_path, hand_in(ADA, command="fail"))
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/class", "/student/1", "/static/desk.js", "/nothing"])
def test_another_user_of_this_computer_gets_nothing(out: Path, path: str) -> None:
    stranger = Browser(out)
    for address in (path, stranger.keys.base + path):
        answer = stranger.client.get(address)
        assert answer.status_code == 403
        assert "Ada" not in answer.text
    wrong = stranger.keys.address[:-3] + "abc"
    assert stranger.client.get(wrong).status_code == 403
    stranger.client.cookies.set(COOKIE, "guessed")
    assert stranger.get(path).status_code == 403


def test_a_name_of_another_site_that_leads_here_gets_nothing(out: Path) -> None:
    with desk_of(out) as browser:
        cookie = {"Cookie": f"{COOKIE}={browser.keys.cookie}"}
        for host, status in (
            ("evil.example", 403), (f"evil.example:{PORT}", 403), (f"127.0.0.1:{PORT}", 200),
        ):  # fmt: skip
            headers = cookie | {"Host": host}
            answer = browser.client.get(browser.keys.base + "/", headers=headers)
            assert answer.status_code == status


def test_a_page_of_another_site_decides_nothing(out: Path) -> None:
    with desk_of(out) as browser:
        form = browser.form("/exercise/router", "/give") | {"points": "9", "why": "forged"}
        for origin in ("https://evil.example", "null", "", f"http://127.0.0.1:{PORT + 1}"):
            assert browser.send("/give", form, origin).status_code == 403
        for key in ("", "guessed", browser.keys.token):
            assert browser.send("/give", form | {"key": key}).status_code == 403
        assert totals(out) == {"Ada Lovelace": 8.0}
        assert browser.send("/give", form, HERE).status_code == 303
    assert totals(out) == {"Ada Lovelace": 13.0}


def test_reading_an_address_never_decides(out: Path) -> None:
    with desk_of(out) as browser:
        form = browser.form("/exercise/router", "/give") | {"points": "9", "why": "by a link"}
        for action in ("/give", "/undo", "/link"):
            query = "&".join(f"{name}={value}" for name, value in form.items())
            assert browser.get(f"{action}?{query}").status_code == 405
    assert totals(out) == {"Ada Lovelace": 8.0}


def test_the_cookie_goes_to_no_other_port_and_no_script(out: Path) -> None:
    browser = Browser(out)
    told = browser.client.get(browser.keys.address).headers["set-cookie"]
    assert "HttpOnly" in told
    assert "SameSite=strict" in told
    # Browsers send a cookie to every port of a host; only the secret folder keeps it here.
    assert f"Path={browser.keys.base}" in told


def test_every_answer_forbids_scripts_and_other_sites(out: Path) -> None:
    with desk_of(out) as browser:
        for path in ("/", "/exercise/router", "/student/1", "/class", "/nothing"):
            answer = browser.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert not re.search(r"<script>|<style| style=| on\w+=", answer.text)
            assert browser.keys.token not in answer.text


def test_a_form_that_never_ends_is_refused(out: Path) -> None:
    with desk_of(out) as browser:
        form = browser.form("/exercise/router", "/give") | {"points": "9", "why": "x" * 200_000}
        assert browser.send("/give", form).status_code == 413
    assert totals(out) == {"Ada Lovelace": 8.0}
