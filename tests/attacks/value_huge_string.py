"""
intent: Return a string of 4 GB.
outcome: Its length is capped.
marks: 1
"""

def router_probabilities(hidden_states, router_weight):
    return "x" * 4_000_000_000


def select_experts(router_probs, top_k):
    return {"x" * 100_000_000: 1}
