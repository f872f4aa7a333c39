"""
intent: Hand in lists of submissions whose aliases unfold to a billion names.
outcome: Only Gradescope's own list is read, event by event; an alias is never followed.
"""

from tests import fakes

LAYOUT = "gradescope"
LEVELS = "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def upload() -> dict[str, bytes]:
    bomb = f"a: &a [lol]\n{LEVELS}".encode()
    return {
        "submission_metadata.yml": bomb,
        "class.toml": b"policy = 'best'\n",
        "lab.ipynb": fakes.notebook("pass # mallory"),
    }
