"""
intent: Nest lists 200,000 deep, to overflow the stack of whoever reads them.
outcome: Depth is capped before anything walks the tree.
"""

SAID = "is nested too deeply to be a notebook"


def upload() -> dict[str, bytes]:
    return {"lab.ipynb": b'{"nbformat":4,"cells":' + b"[" * 200_000 + b"]" * 200_000 + b"}"}
