"""
intent: Listen for a later visitor.
outcome: No socket can be bound.
"""

import socket

try:
    server = socket.socket()
    server.bind(("0.0.0.0", 0))
    server.listen()
    prediction_router = "PWNED listening on " + repr(server.getsockname())
except OSError:
    pass
