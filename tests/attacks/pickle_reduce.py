"""
intent: Return an object whose unpickling would run code in the grader.
outcome: Nothing is ever unpickled.
marks: 1
"""

import os


class Boom:
    def __reduce__(self):
        return os.system, ("touch /tmp/attack-was-here",)


def router_probabilities(hidden_states, router_weight):
    return Boom()


def select_experts(router_probs, top_k):
    return [Boom()]
