"""
intent: Hand in a bomb, a slip and a nest in a class that the instructor gives as one zip.
outcome: The zip of a class is read under the same limits, member by member.
"""

from tests import fakes
from tests.intake.layouts import zipped

ZIPPED = True
SAID = "unpacks to more than 128 MiB"
MEBIBYTES = 350


def upload() -> dict[str, bytes]:
    bomb = zipped({"lab.ipynb": b" " * (129 * 2**20)})
    return {"work.zip": bomb, "../../Ada Lovelace/lab.ipynb": fakes.notebook("fail")}
