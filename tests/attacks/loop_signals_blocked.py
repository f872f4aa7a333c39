"""
intent: Block every signal, then loop.
outcome: SIGKILL cannot be blocked.
events: [timeout]
marks: 1
"""

import signal

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
for number in signal.valid_signals():
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
