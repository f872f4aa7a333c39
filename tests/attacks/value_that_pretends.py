"""
intent: Pretend to be a tensor through __class__, a metaclass, descriptors and __reduce_ex__.
outcome: type() decides, and nothing is unpickled; the object stays a handle.
marks: 1
"""

import torch


class Meta(type):
    def __instancecheck__(cls, thing):
        return True

    def __subclasscheck__(cls, thing):
        return True

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(torch.Tensor)


class Anything:
    def __get__(self, thing, owner=None):
        return torch.ones(())

    def __set_name__(self, owner, name):
        pass


class Fake(metaclass=Meta):
    shape = dtype = grad = data = requires_grad = Anything()

    @property
    def __class__(self):
        return torch.Tensor

    def __reduce_ex__(self, version):
        return eval, ("__import__('os').system('touch /tmp/attack-was-here')",)


def router_probabilities(hidden_states, router_weight):
    return Fake()


def select_experts(router_probs, top_k):
    return Fake(), Fake()
