"""
intent: Overflow the C stack.
outcome: The section is lost, with a sentence; the others stand.
events: [crash, error, refused, memory, timeout]
marks: 1
"""

import sys

sys.setrecursionlimit(10**9)


def dive(n):
    return dive([n]) + 1


repr(dive(0))
