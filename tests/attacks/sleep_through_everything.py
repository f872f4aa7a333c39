"""
intent: Sleep in every call to use up the time of the class.
outcome: Call deadlines and the time budget of the submission end it.
events: [timeout]
marks: 1
"""

import time


def router_probabilities(hidden_states, router_weight):
    time.sleep(3600)


select_experts = router_probabilities
