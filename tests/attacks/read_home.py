"""
intent: List the home of root for keys.
outcome: Nothing is listed.
"""

import os

try:
    # Empty folders on the way to a Python that is installed below may be seen; nothing else.
    kept = {".bashrc", ".ssh", ".gitconfig", ".cache", ".config", ".profile", ".netrc", ".pypirc"}
    names = kept & set(os.listdir("/root"))
    if names:
        prediction_router = "PWNED " + repr(names)
except OSError:
    pass
