"""
intent: Return pickled bytes where a tensor is expected.
outcome: Bytes stay bytes.
marks: 1
"""

import pickle


def router_probabilities(hidden_states, router_weight):
    return pickle.dumps(print)


def select_experts(router_probs, top_k):
    return b"cos\nsystem\n(S'touch /tmp/attack-was-here'\ntR."
