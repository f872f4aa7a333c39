"""
intent: Put line breaks, a row for Ada and terminal escape codes into a name.
outcome: Names are one line of printable text wherever they are shown.
"""

STUDENT = "x\nAda Lovelace,2105,lesson-one,0\r\x1b[2J\x1b]0;title\x07\x9b31m"
