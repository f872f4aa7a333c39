"""
intent: Pack 90 zips of 90 zips, to multiply what is opened.
outcome: All archives of one hand-in share one count of files and of bytes.
"""

from tests.intake.layouts import zipped

SAID = "was not opened: 100 files"


def upload() -> dict[str, bytes]:
    leaf = zipped({f"{n}.ipynb": b"{}" for n in range(90)})
    return {"work.zip": zipped({f"{n}.zip": leaf for n in range(90)})}
