"""
intent: Write a gigabyte straight to descriptors 1 and 2.
outcome: Nothing is stored, nobody waits for ever.
marks: 1
"""

import os

for descriptor in (1, 2):
    try:
        for _ in range(500):
            os.write(descriptor, b"x" * 1_000_000)
    except OSError:
        pass
