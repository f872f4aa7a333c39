"""
intent: Call a folder by a name that looks like Ada's, with a zero-width letter in it.
outcome: It is another name; a roster that fits both matches neither, and says so.
"""

STUDENT = "Ada\N{ZERO WIDTH SPACE} Lovelace\N{COMBINING GRAVE ACCENT}"
FITS = "Lovelace"
