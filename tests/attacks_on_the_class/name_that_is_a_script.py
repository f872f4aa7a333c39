"""
intent: Put a script into a name, for whoever opens the report.
outcome: It is text on every page.
"""

STUDENT = "\"><img src=x onerror=pwned()><script>pwned()<\N{DIVISION SLASH}script>'"
