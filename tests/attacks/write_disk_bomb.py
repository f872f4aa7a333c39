"""
intent: Fill the disk.
outcome: A file-size limit or the small tmpfs stops it.
"""

import os
import tempfile

written = 0
try:
    with open(os.path.join(tempfile.gettempdir(), "bomb"), "wb") as file:
        while written < 4_000_000_000:
            written += file.write(b"x" * 10_000_000)
    prediction_router = "PWNED wrote 4 GB"
except OSError:
    pass
