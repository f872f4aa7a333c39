"""
intent: End the process at once, with success.
outcome: The section is lost, with a sentence; the others stand.
events: [crash, error, refused, memory, timeout]
marks: 1
"""

import os

os._exit(0)
