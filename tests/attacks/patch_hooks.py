"""
intent: Hook imports, exits, exceptions and audits.
outcome: The hooks die with the child.
marks: 1
"""

import atexit
import sys

atexit.register(lambda: print("PASSED"))
sys.excepthook = lambda *a: None
sys.meta_path.insert(0, type("F", (), {"find_spec": staticmethod(lambda *a: None)}))
sys.addaudithook(lambda event, args: None)
