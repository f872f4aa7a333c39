"""
intent: Hand in 4 MB of code in one exercise, to stop the search for similar code.
outcome: The search holds a bounded part of each notebook.
"""

import json

from tests import fakes

SECONDS = 12.0
MEBIBYTES = 400


def upload() -> dict[str, bytes]:
    notebook = json.loads(fakes.notebook("pass # mallory"))
    lines = (f"v{number} = v{number % 7} * {number} + x" for number in range(180_000))
    notebook["cells"][2]["source"] = "\n".join(lines)
    return {"lab.ipynb": json.dumps(notebook).encode()}
