"""
intent: Hand in a damaged LZMA member, whose decoder raises errors of its own.
outcome: Only stored and deflated members are read.
"""

import io
import zipfile

from tests import fakes

SAID = "is packed in a way that is not read here"


def upload() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("lab.ipynb", fakes.notebook())
    content = buffer.getvalue()
    return {"work.zip": content[:45] + b"\xff" * 20 + content[65:]}
