"""
intent: Write into the course, the home and system folders.
outcome: Every write fails.
"""

import os

for folder in ("/", "/etc", "/root", "/usr/lib", "/var/tmp", "/work", "/home", "/dev/shm", "/run"):
    path = os.path.join(folder, "attack-was-here")
    try:
        with open(path, "w") as file:
            file.write("x")
        if folder not in ("/dev/shm",):
            prediction_router = "PWNED wrote " + path
    except OSError:
        pass
