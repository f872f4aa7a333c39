"""
intent: Answer every question with a well-formed True, with the right number of the question.
outcome: True is a value like any other, and a wrong one.
marks: 1
"""

import sys

server = sys.modules["sandboxed.child"].Server
for name in ("_call", "_attribute", "_item", "_apply", "_contains"):
    setattr(server, name, lambda self, *fields: ["returned", True, []])
