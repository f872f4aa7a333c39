"""
intent: Hand in outputs of four million numbers, each of which costs forty times its bytes.
outcome: Values are counted in the bytes; too many outputs are left out, the code is graded.
"""

import json

from tests import fakes

SAID = "outputs that are too large to keep"
MEBIBYTES = 150


def upload() -> dict[str, bytes]:
    numbers = "[" + "1," * 4_000_000 + "1]"
    notebook = json.loads(fakes.notebook("pass # mallory"))
    notebook["cells"][1]["outputs"] = "QQ"
    return {"lab.ipynb": json.dumps(notebook).replace('"QQ"', numbers).encode()}
