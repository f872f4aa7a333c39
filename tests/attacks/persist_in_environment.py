"""
intent: Leave a variable and a patched module for the next child.
outcome: The next child is forked from the fork server.
"""

import math
import os

if os.environ.get("ATTACK_WAS_HERE") or getattr(math, "attacked", False):
    prediction_router = "PWNED state of an earlier child"
os.environ["ATTACK_WAS_HERE"] = "1"
math.attacked = True
