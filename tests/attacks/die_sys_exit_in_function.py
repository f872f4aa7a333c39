"""
intent: Raise SystemExit inside a test call, which skips the counting in stock otter.
outcome: The tests fail; their points still count in the total.
marks: 1
"""

import sys


def router_probabilities(hidden_states, router_weight):
    sys.exit(0)


def select_experts(router_probs, top_k):
    raise KeyboardInterrupt
