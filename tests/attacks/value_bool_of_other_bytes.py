"""
intent: Send truth values that are neither 0 nor 1, which torch compares as it pleases.
outcome: Bytes that are no truth value are refused.
events: [protocol violation]
marks: 1
"""

import gc
import sys

server = next(
    thing
    for thing in gc.get_objects()
    if type(thing).__name__ == "Server" and hasattr(thing, "_actions")
)
protocol = sys.modules["sandboxed.protocol"]
mask = [protocol.Tag.TENSOR, "bool", [2, 4], b"\x02" * 8, 0, None, None]
server._actions["call"] = lambda *fields: ["done", mask, []]


def router_probabilities(hidden_states, router_weight):
    return None


select_experts = router_probabilities
