"""
intent: Write random bytes to the channel for ever.
outcome: The child ends at the first malformed frame or at the deadline.
events: [timeout, crash, error, protocol violation]
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


while True:
    blast(os.urandom(65536))
