"""
intent: Hand in Ada's own file, bit by bit, to share or to spoil what is known of her work.
outcome: Points hang on a content, rows on people; both have their row.
"""

from tests import fakes


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": fakes.notebook("pass # Ada Lovelace")}
