"""
intent: Close the channel to the grader and live on.
outcome: The process is killed; the section is lost with a sentence.
events: [crash, error, timeout]
marks: 1
"""

import os
import time

os.closerange(0, 4096)
time.sleep(3600)
