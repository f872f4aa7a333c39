"""
intent: Put template, format and markup signs into a name.
outcome: No name is ever a template; terminals show the brackets.
"""

STUDENT = "{{7*7}} {0.__class__} %s%n ${x} [bold red]x[link=javascript:pwned()]"
