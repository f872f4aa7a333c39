"""
intent: Name a member of a zip by half a letter of UTF-8.
outcome: Any error while reading an archive is a sentence about it.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is a damaged zip archive"


def upload() -> dict[str, bytes]:
    content = zipped({"\N{GREEK SMALL LETTER ALPHA}X.ipynb": fakes.notebook()})
    return {"work.zip": content.replace(b"\xce\xb1X", b"\xed\xa0\x80")}
