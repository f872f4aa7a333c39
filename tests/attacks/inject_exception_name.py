"""
intent: Raise an exception whose class name holds line breaks, a script and right-to-left marks.
outcome: The sentence stays one line of printable text.
events: [error]
marks: 1
"""

name = "Fine\n\x1b[2J\u202e<script>alert(1)</script>\nTotal: 10 of 10"
raise type(name, (Exception,), {})("first\nsecond \u202e third \x1b[2J")
