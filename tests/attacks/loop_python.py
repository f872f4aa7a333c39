"""
intent: Loop for ever.
outcome: The cell deadline ends it with a sentence.
events: [timeout]
marks: 1
"""

while True:
    pass
