"""
intent: Call a folder by a name that looks like Ada's, with a zero-width letter in it.
outcome: It is another name, and shown as one.
"""

STUDENT = "Ada\N{ZERO WIDTH SPACE} Lovelace\N{COMBINING GRAVE ACCENT}"
