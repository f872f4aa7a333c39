"""
intent: Loop for ever while leaving.
outcome: The child is killed, not asked to leave.
marks: 1
"""

import atexit
import time

atexit.register(time.sleep, 3600)


class Clinging:
    def __del__(self):
        while True:
            pass


cling = Clinging()
