"""
intent: Kill the fork server and everything else it can name.
outcome: No other process can be signalled.
marks: 1
"""

import os
import signal

for pid in [os.getppid(), 1, -1, *range(2, 300)]:
    if pid == os.getpid():
        continue
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass
