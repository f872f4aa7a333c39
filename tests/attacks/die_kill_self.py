"""
intent: Kill itself and its process group.
outcome: The section is lost, with a sentence; the others stand.
events: [crash, error, refused, memory, timeout]
marks: 1
"""

import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
os.kill(0, signal.SIGKILL)
