"""
intent: Forge the log that stock otter unpickles on the grading host.
outcome: The log is never read.
marks: 1
"""

import pickle


class Boom:
    def __reduce__(self):
        return eval, ("__import__('os').system('touch /tmp/attack-was-here')",)


try:
    with open(".OTTER_LOG", "wb") as file:
        pickle.dump([Boom()], file)
except OSError:
    pass
