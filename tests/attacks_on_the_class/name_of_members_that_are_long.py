"""
intent: Name members of a zip by 60 KB of letters, backslash paths and escape codes.
outcome: Every name is cut and made readable before it is stored or shown.
"""

from tests import fakes
from tests.intake.layouts import zipped


def upload() -> dict[str, bytes]:
    names = ("n" * 60_000 + ".ipynb", "a\\b\\c.ipynb", "\x1b[2J\n\r\x07.ipynb")
    members = {name: fakes.notebook(f"pass # {place}") for place, name in enumerate(names)}
    return {"work.zip": zipped(members)}
