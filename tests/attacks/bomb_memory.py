"""
intent: Take all memory.
outcome: The memory limit ends it with a sentence.
events: [memory, crash, error]
marks: 1
"""

hoard = []
while True:
    hoard.append(bytearray(200_000_000))
