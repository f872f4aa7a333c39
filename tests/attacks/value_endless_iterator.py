"""
intent: Return an iterator without end where a list is expected.
outcome: Items are fetched under a cap and a deadline.
marks: 1
"""

import itertools


def router_probabilities(hidden_states, router_weight):
    return itertools.count()


def select_experts(router_probs, top_k):
    return itertools.count(), itertools.count()
