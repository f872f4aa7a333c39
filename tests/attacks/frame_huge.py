"""
intent: Announce a frame of 4 GB.
outcome: The length is capped; the child ends.
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


blast(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"x" * 100_000)
