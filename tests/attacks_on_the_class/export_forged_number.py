"""
intent: Name a folder by Ada's number, or login, since a roster joins these to her.
outcome: In plain folders the instructor names the folders; both fit, which is said.
"""

STUDENT = "2105"
