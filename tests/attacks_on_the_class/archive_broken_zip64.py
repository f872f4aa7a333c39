"""
intent: Hand in a zip64 field that ends too early.
outcome: Any error while reading an archive is a sentence about it.
"""

import io
import zipfile

from tests import fakes

SAID = "is a damaged zip archive"


def upload() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("lab.ipynb")
        info.extra = b"\x02\x00\x08\x00" + b"\x00" * 8
        archive.writestr(info, fakes.notebook())
    content = buffer.getvalue().replace(b"\x02\x00\x08\x00", b"\x01\x00\x02\x00")
    entry = content.rindex(b"PK\x01\x02")
    return {"work.zip": content[: entry + 24] + b"\xff" * 4 + content[entry + 28 :]}
