"""
intent: Pack 64 MiB into a few hundred bytes of bzip2, which unpacks in one step.
outcome: Only stored and deflated members are read.
"""

import io
import zipfile

SAID = "is packed in a way that is not read here; pack it as a plain zip"


def upload() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("lab.ipynb", b" " * 2**26)
    return {"work.zip": buffer.getvalue()}
