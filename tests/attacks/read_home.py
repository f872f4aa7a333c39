"""
intent: List the home of root for keys.
outcome: Nothing is listed.
"""

import os

try:
    names = [name for name in os.listdir("/root") if name.startswith(".")]
    if names:
        prediction_router = "PWNED " + repr(names)
except OSError:
    pass
