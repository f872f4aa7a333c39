"""
intent: Name members so that they would be unpacked outside, by dots, roots, drives, backslashes.
outcome: Nothing is ever unpacked to disk, and such members are left out.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is an archive without a notebook"


def upload() -> dict[str, bytes]:
    names = ("../../evil.ipynb", "/tmp/evil.ipynb", "..\\..\\evil.ipynb", "C:\\evil.ipynb")
    return {"work.zip": zipped(dict.fromkeys(names, fakes.notebook()))}
