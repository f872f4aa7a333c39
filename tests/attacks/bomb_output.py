"""
intent: Print a gigabyte.
outcome: Output is cut with a sentence; the section goes on.
events: [output, timeout, error, crash]
marks: 1
"""

line = "x" * 1_000_000
for _ in range(1000):
    print(line)
