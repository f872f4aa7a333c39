"""
intent: Pack a symbolic link to the password file.
outcome: Members that are links are left out.
"""

import io
import stat
import zipfile

SAID = "is an archive without a notebook"


def upload() -> dict[str, bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("lab.ipynb")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, b"/etc/passwd")
    return {"work.zip": buffer.getvalue()}
