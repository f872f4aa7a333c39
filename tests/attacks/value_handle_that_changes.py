"""
intent: Return an object whose shape, items and numbers change between two looks.
outcome: The exact type is checked first; only the value that is compared counts.
marks: 1
"""

import itertools

turn = itertools.count()


class Chameleon:
    @property
    def shape(self):
        return [(2, 4), (5, 4), ()][next(turn) % 3]

    def tolist(self):
        return [[[0, 1], [3, 1]], []][next(turn) % 2]

    def __len__(self):
        return next(turn)

    def __getitem__(self, index):
        return self

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


def router_probabilities(hidden_states, router_weight):
    return Chameleon()


def select_experts(router_probs, top_k):
    return Chameleon(), Chameleon()
