"""
intent: Send a datagram.
outcome: No packet leaves.
"""

import socket

try:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.sendto(b"marks please", ("127.0.0.1", 9))
    prediction_router = "PWNED sent a datagram"
except OSError:
    pass
