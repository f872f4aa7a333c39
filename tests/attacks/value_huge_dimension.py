"""
intent: Return a tensor with no elements and half a billion rows.
outcome: Every dimension is capped.
marks: 1
"""

import torch


def router_probabilities(hidden_states, router_weight):
    return torch.empty(2**29, 0)


def select_experts(router_probs, top_k):
    return torch.empty(2**29, 0), torch.empty(2**29, 0)
