"""
intent: Read secrets from the environment of the grader.
outcome: The environment holds nothing of the grader.
"""

import os

secret = os.environ.get("ATTACK_CANARY") or os.environ.get("GRADESCOPE_TOKEN")
if secret:
    prediction_router = "PWNED " + secret
