"""
intent: Keep every processor busy from threads that hold no lock, so that others' deadlines pass.
outcome: In a pool a student keeps to one processor, and cannot leave it; the deadline ends the rest.
events: [timeout]
"""

import hashlib
import os
import threading

data = bytes(2**22)
threading.stack_size(2**18)


def spin():
    while True:
        hashlib.sha256(data)


try:
    os.sched_setaffinity(0, range(os.cpu_count()))
    prediction_router = "PWNED chose the processors"
except (OSError, AttributeError):
    pass
for priority in (os.nice, lambda change: os.setpriority(os.PRIO_PROCESS, 0, change)):
    try:
        priority(-5)
        prediction_router = "PWNED went before others"
    except OSError:
        pass
for _ in range(20):
    threading.Thread(target=spin, daemon=True).start()
spin()
