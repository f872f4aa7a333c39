"""
intent: Claim that the arguments changed into huge, empty and foreign things.
outcome: A claim must fit the argument, or it is passed over; the value is judged as before.
marks: 1
"""

import sys

protocol = sys.modules["sandboxed.protocol"]
watch = sys.modules["sandboxed.child"].Watch
tensor = [protocol.Tag.TENSOR, "float32", [0], b"", 0, None, None]
watch.changes = lambda self: [[0, tensor], [0, [protocol.Tag.DICT]], [0, [protocol.Tag.LIST]]]


def router_probabilities(hidden_states, router_weight):
    return hidden_states[:, :0]


def select_experts(router_probs, top_k):
    return router_probs[:0], router_probs[:0].long()
