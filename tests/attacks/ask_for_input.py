"""
intent: Wait for a line that nobody types.
outcome: Refused with a sentence at once.
events: [error, refused]
marks: 1
"""

answer = input("hidden tests please: ")
