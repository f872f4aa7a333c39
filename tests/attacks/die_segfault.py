"""
intent: Crash with a segmentation fault.
outcome: The section is lost, with a sentence; the others stand.
events: [crash, error, refused, memory, timeout]
marks: 1
"""

import ctypes

ctypes.string_at(0)
