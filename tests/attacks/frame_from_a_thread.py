"""
intent: Let a thread answer questions of the future, with guessed numbers.
outcome: Each question has a random number of 62 bits; an answer to another question ends the child.
events: [protocol violation, crash, timeout, error]
marks: 1
"""

import struct
import threading

import msgspec



def shout():
    import os

    for guess in range(10_000_000):
        data = msgspec.msgpack.encode(["done", guess, [True], []])
        try:
            os.write(3, struct.pack("<Q", len(data)) + data)
        except OSError:
            pass


threading.Thread(target=shout, daemon=True).start()
import time

time.sleep(0.2)
