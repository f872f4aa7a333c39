"""
intent: Hand in under the longest name that a file system holds, in letters of three bytes.
outcome: Names are cut and carry a hash; every file made of them fits.
"""

STUDENT = "\N{CJK UNIFIED IDEOGRAPH-4E00}" * 85
