"""
intent: Read the environment and memory map of the parent through /proc.
outcome: Nothing of another process can be read.
"""

import os

for pid in [os.getppid(), 1, *range(2, 400)]:
    for leaf in ("environ", "cmdline", "maps", "mem"):
        try:
            with open(f"/proc/{pid}/{leaf}", "rb") as file:
                content = file.read(4000)
        except OSError:
            continue
        if b"ATTACK_CANARY" in content or b"autograder.grading.worker" in content or b"pytest" in content:
            prediction_router = "PWNED " + leaf + repr(content[:100])
