"""
intent: Lead the instructor to a page of one's own that sends a form with points to the desk.
outcome: A write must come from the desk's own origin; a sentence says so, and nothing is stored.
"""

from tests.class_attacks import Told
from tests.desk.client import PORT, desk_of
from tests.gradebook.builder import totals

ORIGINS = ("https://pwned.example", "null", "", f"http://127.0.0.1:{PORT + 1}",
           f"https://127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT}.pwned.example")  # fmt: skip


def check(told: Told) -> None:
    before = totals(told.out)
    with desk_of(told.out) as browser:
        form = browser.form("/exercise/router", "/give") | {"points": "10", "why": "pwned"}
        for action in ("/give", "/undo", "/link"):
            for origin in ORIGINS:
                answer = browser.send(action, form, origin)
                assert answer.status_code == 403
                assert answer.text == "This write does not come from a page of this desk."
    assert totals(told.out) == before
