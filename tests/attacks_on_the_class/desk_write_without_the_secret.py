"""
intent: Send a form whose secret is missing, guessed or the one of the address.
outcome: Every form of the desk carries a secret of its own; without it nothing is stored.
"""

from tests.class_attacks import Told
from tests.desk.client import desk_of, sentence
from tests.gradebook.builder import totals


def check(told: Told) -> None:
    before = totals(told.out)
    with desk_of(told.out) as browser:
        form = browser.form("/exercise/router", "/give") | {"points": "10", "why": "pwned"}
        keys = browser.keys
        for key in ("", "pwned", keys.token, keys.cookie, keys.folder, keys.form[:-1]):
            answer = browser.send("/give", form | {"key": key})
            assert answer.status_code == 403
            assert sentence(answer) == "This write is not from a form of this desk."
        del form["key"]
        assert browser.send("/give", form).status_code == 403
    assert totals(told.out) == before
