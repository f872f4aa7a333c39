"""
intent: Leave POSIX and System V shared memory for the next child.
outcome: Refused, or gone with the child.
"""

import ctypes

libc = ctypes.CDLL(None)
key = libc.shmget(0x5353, 4096, 0)
if key != -1:
    prediction_router = "PWNED found the shared memory of an earlier child"
libc.shmget(0x5353, 4096, 0o1666)
try:
    from multiprocessing import shared_memory

    shared_memory.SharedMemory("attack_was_here", create=True, size=64)
except (OSError, ImportError, ValueError):
    pass
