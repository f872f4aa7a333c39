"""
intent: Plant fake reference, otter and pytest modules.
outcome: The judge imports its own.
marks: 1
"""

import sys
import types

for name in ("reference", "reference.router", "reference.checks", "otter", "pytest"):
    fake = types.ModuleType(name)
    fake.__getattr__ = lambda attribute: lambda *a, **k: None
    sys.modules[name] = fake
