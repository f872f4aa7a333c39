"""
intent: Fork without end.
outcome: Forking is refused.
"""

import os

children = 0
try:
    for _ in range(2000):
        if os.fork() == 0:
            while True:
                pass
        children += 1
except OSError:
    pass
if children > 200:
    prediction_router = "PWNED forked %d" % children
