"""
intent: Open files without end.
outcome: The limit on open files stops it.
marks: 1
"""

import os

held = []
try:
    for _ in range(100_000):
        held.append(os.open("/dev/null", os.O_RDONLY))
    prediction_router = "PWNED opened 100,000 files"
except OSError:
    pass
