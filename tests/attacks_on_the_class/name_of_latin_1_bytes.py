"""
intent: Hand in under bytes that are not UTF-8, which ended a run with a codec error.
outcome: Such bytes are read as Latin-1 and shown; the row is like any other.
"""

import os

STUDENT = os.fsdecode(b"m\xfcller \xff\xfe")
