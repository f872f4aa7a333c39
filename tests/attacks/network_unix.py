"""
intent: Talk to services of the host over unix sockets, abstract ones too.
outcome: No socket can be made or connected.
"""

import socket

for path in ("/var/run/docker.sock", "/run/dbus/system_bus_socket", "\0attack-canary"):
    try:
        client = socket.socket(socket.AF_UNIX)
        client.connect(path)
        prediction_router = "PWNED connected to " + repr(path)
    except OSError:
        pass
