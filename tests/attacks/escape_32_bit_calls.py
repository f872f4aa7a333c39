"""
intent: Enter the kernel by the 32-bit and x32 doors, whose call numbers differ.
outcome: The filter kills the process at a call of a foreign architecture.
marks: 1
"""

import ctypes
import mmap
import platform

if platform.machine() == "x86_64":
    # mov eax, 20 (getpid of i386); int 0x80; ret
    code = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    if ctypes.CFUNCTYPE(ctypes.c_int)(address)() > 0:
        prediction_router = "PWNED made a 32-bit call"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(0x40000000 | 41), 1, 1, 0) >= 0:
        prediction_router = "PWNED made an x32 call"
