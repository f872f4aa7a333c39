"""
intent: Let the kernel send SIGKILL to the fork server through F_SETOWN, F_SETSIG and O_ASYNC.
outcome: These commands of fcntl are refused.
marks: 1
"""

import fcntl
import os
import signal

read_end, write_end = os.pipe()
owned = 0
for pid in [os.getppid(), 1, -1, *range(2, 200)]:
    try:
        fcntl.fcntl(read_end, fcntl.F_SETOWN, pid)
        fcntl.fcntl(read_end, 10, signal.SIGKILL)  # F_SETSIG
        fcntl.fcntl(read_end, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        owned += pid != os.getpid()
        os.write(write_end, b"x")
    except OSError:
        pass
if owned:
    prediction_router = "PWNED named the receiver of a signal"
