"""
intent: Pack a zip that looks like Moodle's download of the whole class.
outcome: All in an upload is its owner's.
"""

from tests import fakes
from tests.intake.layouts import hand_in, moodle_folders, zipped

LAYOUT = "moodle"


def upload() -> dict[str, bytes]:
    uploads = [
        hand_in(who, {"lab.ipynb": fakes.notebook(f"pass # as {who}")})
        for who in ("Ada Lovelace", "Ben Boole")
    ]
    return {"work.zip": zipped(moodle_folders(uploads).files)}
