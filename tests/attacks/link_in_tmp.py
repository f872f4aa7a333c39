"""
intent: Plant symbolic and hard links in /tmp that point at files of the host.
outcome: No link can be made, and what it would point at is not there.
"""

import os

for target in ("/etc/passwd", "/root/.ssh/id_rsa", "/proc/1/root/etc/shadow"):
    for link in (os.symlink, os.link):
        try:
            link(target, "/tmp/attack-was-here")
            prediction_router = "PWNED linked " + target
        except OSError:
            pass
try:
    os.mkfifo("/tmp/attack-was-here")
    prediction_router = "PWNED made a pipe"
except OSError:
    pass
