"""
intent: Hand in 400,000 empty cells.
outcome: Cells are counted before any is read.
"""

SAID = "has 400,000 cells; the limit is 2,000"
CELL = b'{"cell_type":"raw","source":"","metadata":{}}'


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": b'{"nbformat":4,"cells":[' + b",".join([CELL] * 400_000) + b"]}"}
