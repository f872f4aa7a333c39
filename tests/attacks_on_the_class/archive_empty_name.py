"""
intent: Hand in a member without a name.
outcome: Such a member is left out.
"""

from tests import fakes
from tests.intake.layouts import zipped

SAID = "is an archive without a notebook"


def upload() -> dict[str, bytes]:
    content = zipped({"Q": fakes.notebook()})
    return {"work.zip": content.replace(b"Q", b"\0")}
