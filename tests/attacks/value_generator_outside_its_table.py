"""
intent: Send a random generator that reads on behind its table, out of the judge's memory.
outcome: Such a state is refused.
events: [protocol violation]
marks: 1
"""

import gc
import struct
import sys

import torch

server = next(
    thing
    for thing in gc.get_objects()
    if type(thing).__name__ == "Server" and hasattr(thing, "_actions")
)
protocol = sys.modules["sandboxed.protocol"]
state = bytearray(torch.Generator().get_state().numpy().tobytes())
struct.pack_into("=i", state, 8, 624)
struct.pack_into("=Q", state, 16, 624)
server._actions["call"] = lambda *fields: ["done", [protocol.Tag.TORCH_GENERATOR, bytes(state)], []]


def router_probabilities(hidden_states, router_weight):
    return None


select_experts = router_probabilities
