"""
intent: Call a folder like Ada's in another case, so that both fold to one student.
outcome: Side by side they are two students; a roster that fits both matches neither, and says so.
"""

STUDENT = "ADA LOVELACE"
FITS = "Lovelace"
