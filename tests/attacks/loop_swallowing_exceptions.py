"""
intent: Catch whatever is thrown to stop the loop.
outcome: The process is killed, not asked.
events: [timeout]
marks: 1
"""

while True:
    try:
        while True:
            pass
    except BaseException:
        continue
