"""
intent: Leave a file for the next section or student.
outcome: The next child does not see it.
"""

import os
import tempfile

for folder in {tempfile.gettempdir(), "/tmp", "/dev/shm", "/var/tmp"}:
    path = os.path.join(folder, "attack-was-here")
    try:
        if os.path.exists(path):
            prediction_router = "PWNED found the file of an earlier child"
        open(path, "w").close()
    except OSError:
        pass
