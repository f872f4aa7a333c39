"""
intent: Let a name of one's own lead to 127.0.0.1, so that one's page and the desk are one site.
outcome: The desk answers to its own name and port only, and to who was given its address.
"""

from tests.class_attacks import Told
from tests.desk.client import PORT, Browser, desk_of

HOSTS = (
    "pwned.example", f"pwned.example:{PORT}", f"127.0.0.1:{PORT + 1}", "",
    f"127.0.0.1.pwned:{PORT}", f"127.0.0.1:{PORT}@pwned",
)  # fmt: skip
REFUSED = "This desk is its owner's: open the address that `autograder desk` printed."


def check(told: Told) -> None:
    with desk_of(told.out) as browser:
        for host in HOSTS:
            for path in ("/", "/class", "/static/desk.js"):
                answer = browser.client.get(browser.base + path, headers={"Host": host})
                assert (answer.status_code, answer.text) == (403, REFUSED)
    stranger = Browser(told.out)
    for path in ("/", stranger.base + "/class", stranger.address[:-1]):
        answer = stranger.client.get(path)
        assert (answer.status_code, answer.text) == (403, REFUSED)
