"""
intent: Search the memory inherited by fork for the notebook of an earlier student.
outcome: The fork server never held a notebook, and this child's memory goes with it.
"""

import gc
import os

mark = "inherited-" + "mark-of-an-attack"
for thing in gc.get_objects():
    if isinstance(thing, dict) and mark in thing:
        prediction_router = "PWNED the objects of an earlier child"
os.environ[mark] = "x"
keep = {mark: 1}
gc.freeze()
