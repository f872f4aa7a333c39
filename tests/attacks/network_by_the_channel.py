"""
intent: Send a datagram and a descriptor over the one socket that the child has.
outcome: Neither an address nor a descriptor can be given.
marks: 1
"""

import array
import os
import socket

channel = socket.socket(fileno=os.dup(3))
for address in ("\0attack-canary", ("127.0.0.1", 9)):
    try:
        channel.sendto(b"", address)
        prediction_router = "PWNED sent to " + repr(address)
    except (OSError, TypeError):
        pass
try:
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))
    channel.sendmsg([b"x"], [rights])
    prediction_router = "PWNED passed a descriptor"
except OSError:
    pass
