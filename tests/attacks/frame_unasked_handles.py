"""
intent: Send handles, gradients, graphs and parameters that nobody asked for or that do not exist.
outcome: What does not fit ends the child; a handle is a number and nothing else.
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
one = b"\x00\x00\x80?"
odd = [
    [protocol.Tag.HANDLE, -1, "x"],
    [protocol.Tag.HANDLE, 2**62, "\u202e\n<script>"],
    [protocol.Tag.TENSOR, "float32", [1], one, protocol.REQUIRES_GRAD, 7, [10**9]],
    [protocol.Tag.TENSOR, "float32", [1], one, 7, 0, [protocol.Tag.TENSOR, "float32", [1], one, 7, 0, None]],
    [protocol.Tag.TENSOR, "int64", [1], one * 2, protocol.REQUIRES_GRAD, 0, []],
    [protocol.Tag.TORCH_GENERATOR, b"\xff" * protocol.TORCH_STATE_BYTES],
    [protocol.Tag.NUMPY_GENERATOR, b"\x00" * 16, b"\x00" * 16, 0, 0],
    [protocol.Tag.SLICE, 1, 2],
]
turn = 0


def lie(*fields):
    global turn
    turn += 1
    return ["done", odd[turn % len(odd)], [[0, odd[-turn % len(odd)]]]]


server._actions["call"] = lie


def router_probabilities(hidden_states, router_weight):
    return None


select_experts = router_probabilities
