"""
intent: Start threads without end.
outcome: A limit stops it; the grader goes on.
"""

import threading
import time

try:
    for _ in range(5000):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    prediction_router = "PWNED started 5000 threads"
except (RuntimeError, OSError, MemoryError):
    pass
