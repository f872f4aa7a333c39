"""
intent: Stop the process, so that it neither answers nor ends.
outcome: The deadline kills a stopped process too.
events: [timeout, error, crash]
marks: 1
"""

import os
import signal
import time

os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(3600)
