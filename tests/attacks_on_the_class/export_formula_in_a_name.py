"""
intent: Be called =HYPERLINK(...), so that the instructor's spreadsheet calculates.
outcome: A cell that would calculate begins with an apostrophe.
"""

STUDENT = "=HYPERLINK(\"x\")+cmd|' C'!A0"
