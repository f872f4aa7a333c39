"""
intent: Mount, unshare and change root to get out.
outcome: All refused.
marks: 1
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) == 0 and libc.mount(b"none", b"/", b"tmpfs", 0, None) == 0:
    prediction_router = "PWNED mounted"
if libc.setuid(0) == 0 and os.getuid() == 0 and libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
    prediction_router = "PWNED root"
