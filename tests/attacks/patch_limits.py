"""
intent: Raise the child's own limits and switch off its notes and its output cap.
outcome: The kernel keeps the limits; the notes are courtesy and earn nothing.
marks: 1
"""

import resource
import sys

for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE):
    try:
        resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        prediction_router = "PWNED raised limit %d" % which
    except (OSError, ValueError):
        pass
shells = sys.modules["sandboxed.shell"]
shells.Notes.add = lambda self, kind: None
shells.Notes.take = lambda self: ["full marks", "PWN" "ED", 10**6]
