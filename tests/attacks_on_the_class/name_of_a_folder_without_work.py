"""
intent: Hand in a folder that looks like grade's own output and holds no work, to be in no list.
outcome: It is not read, and said not to be.
"""

SAID = "looks like what grade writes, and was not read"


def upload() -> dict[str, bytes]:
    return {"gradebook.sqlite": b"SQLite format 3\0"}
