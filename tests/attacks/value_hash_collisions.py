"""
intent: Send a set of 300,000 numbers that share one hash, which takes the judge hours to build.
outcome: Such a set is refused before it is built.
events: [attack, timeout, crash]
marks: 1
"""

import sys

protocol = sys.modules["sandboxed.protocol"]
server = sys.modules["sandboxed.child"].Server
numbers = [
    [protocol.INTEGER, (k * (2**61 - 1)).to_bytes(11, "big", signed=True)]
    for k in range(1, 300_000)
]
server._call = lambda self, *fields: ["returned", [protocol.SET, *numbers], []]
