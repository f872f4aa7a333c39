"""
intent: Send many well-formed answers before any question.
outcome: Answers out of order end the child or fail the test.
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


for _ in range(1000):
    blast(b"\x00\x00\x00\x01\xc3")
