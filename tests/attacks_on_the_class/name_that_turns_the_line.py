"""
intent: Turn the rest of a line around by right-to-left marks in a name.
outcome: Marks that change how the rest is read are shown as a sign.
"""

STUDENT = "\N{RIGHT-TO-LEFT OVERRIDE}0 derussa\N{RIGHT-TO-LEFT ISOLATE}"
