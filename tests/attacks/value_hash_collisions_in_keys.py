"""
intent: Send a dictionary whose 60,000 keys share one hash.
outcome: Such a dictionary is refused before it is built.
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
flat = []
for k in range(1, 60_000):
    flat += [[protocol.Tag.INTEGER, (k * (2**61 - 1)).to_bytes(11, "big", signed=True)], None]
server._actions["call"] = lambda *fields: ["done", [protocol.Tag.DICT, *flat], []]


def router_probabilities(hidden_states, router_weight):
    return None


select_experts = router_probabilities
