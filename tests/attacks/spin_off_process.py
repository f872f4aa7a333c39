"""
intent: Leave a process behind that outlives the grading.
outcome: No process can be started, and none survives.
marks: 1
"""

import os
import subprocess

for command in (["sleep", "600"], ["/bin/sh", "-c", "sleep 600 &"]):
    try:
        subprocess.Popen(command, start_new_session=True)
        prediction_router = "PWNED started a process"
    except OSError:
        pass
try:
    if os.fork() == 0:
        os.setsid()
        import time

        time.sleep(600)
except OSError:
    pass
