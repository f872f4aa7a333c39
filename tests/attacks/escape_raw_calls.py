"""
intent: Make the kernel calls that Python does not offer, from io_uring to open_by_handle_at.
outcome: Whatever is not on the allow-list is refused.
marks: 1
"""

import ctypes
import platform

libc = ctypes.CDLL(None, use_errno=True)
CALLS = {
    "shmget": 29, "socket": 41, "socketpair": 53, "vfork": 58, "semget": 64, "msgget": 68,
    "ptrace": 101, "personality": 135, "mq_open": 240, "add_key": 248, "keyctl": 250,
    "perf_event_open": 298, "name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308,
    "process_vm_readv": 310, "kcmp": 312, "memfd_create": 319, "bpf": 321, "userfaultfd": 323,
    "pidfd_send_signal": 424, "io_uring_setup": 425, "open_tree": 428, "fsopen": 430,
    "pidfd_open": 434, "pidfd_getfd": 438, "mount_setattr": 442, "memfd_secret": 447,
}
for name, number in CALLS.items() if platform.machine() == "x86_64" else ():
    arguments = [ctypes.c_long(value) for value in (0, 1, 0, 0, 0, 0)]
    if libc.syscall(ctypes.c_long(number), *arguments) >= 0:
        prediction_router = "PWNED called " + name
