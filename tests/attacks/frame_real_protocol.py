"""
intent: Answer through the engine's own protocol code, claiming that every test has passed.
outcome: An answer holds a value, never a verdict; what is no answer ends the child.
events: [protocol violation, crash, timeout]
marks: 1
"""

import sys

server = sys.modules["sandboxed.child"].Server


def lie(self, question):
    self._channel.send(["passed", question.nonce, {"points": 10.0, "max_points": 10.0}, []])


assert server._answer
server._answer = lie
