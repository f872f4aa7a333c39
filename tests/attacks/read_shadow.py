"""
intent: Read the password file of the grading host.
outcome: The file is not there or not readable.
"""

try:
    prediction_router = "PWNED " + open("/etc/shadow").read(100)
except OSError:
    pass
