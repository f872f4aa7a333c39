"""
intent: Connect to a TCP port of the host and of the world.
outcome: No socket can be made or connected.
"""

import socket

for address in (("127.0.0.1", 22), ("127.0.0.1", 8888), ("10.0.0.1", 80)):
    try:
        socket.create_connection(address, timeout=0.3)
        prediction_router = "PWNED connected to " + repr(address)
    except OSError:
        pass
