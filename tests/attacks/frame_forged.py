"""
intent: Write a forged frame that claims full marks.
outcome: A frame carries values only; a malformed one ends the child.
marks: 1
"""

import os
import socket
import stat


def channels():
    for descriptor in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode) or stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                yield descriptor
        except OSError:
            pass


def blast(data):
    for descriptor in channels():
        try:
            os.set_blocking(descriptor, False)
            os.write(descriptor, data)
        except OSError:
            pass


blast(b"\x00\x00\x00\x20" + b'{"passed": true, "points": 10.0 }')
