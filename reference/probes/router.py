"""Probes of the router."""

from torch import tensor

from reference.probes import Probes
from reference.probes.helpers import is_double, keeps_inputs

PAIR = tensor([[1.0, 0.0], [0.0, 1.0]])
FOUR = tensor([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0], [-1.0, 3.0]])

FUNCTIONS = {
    "router_probabilities": Probes(
        text=[
            "router_probabilities(tensor([[1., 0.]]), tensor([[2., 0.], [1., 1.], [0., 2.], [-1., 3.]]))",
            "router_probabilities(tensor([[1., 0.], [0., 1.]]), tensor([[2., 0.], [1., 1.], [0., 2.], [-1., 3.]]))",
        ],
        values=[
            "router_probabilities(tensor([[1.]]), tensor([[0.5], [-0.25]]))",
            "router_probabilities(tensor([[0.5, -1., 2.]]), tensor([[1., 0.2, 0.1], [0.3, -0.4, 0.6]]))",
            "router_probabilities(tensor([[1., 2.], [0.5, -1.], [0.3, 0.1]]), tensor([[0.2, 0.4], [-0.6, 0.1], [0.5, 0.9]]))",
            "router_probabilities(tensor([[1., 2.]]), tensor([[0.2, 0.4], [-0.6, 0.1], [0.5, 0.9], [0.1, 0.3], [1., -1.], [0.7, 0.2]]))",
            "router_probabilities(tensor([[1., 0.], [0., 1.]]), tensor([[1000., 1.], [2000., 2.], [990., 3.]]))",
            "router_probabilities(tensor([[1., 0.]]), tensor([[-2000., 1.], [-2001., 2.]]))",
            "is_double(router_probabilities(tensor([[1., 2.]]).double(), tensor([[0.2, 0.4], [-0.6, 0.1]]).double()))",
            "keeps_inputs(router_probabilities, tensor([[1., 2.]]), tensor([[0.2, 0.4], [-0.6, 0.1]]))",
        ],
        refusals=[
            "router_probabilities(tensor([[1., 2.]]), tensor([[0.2, 0.4, 0.1]]))",
            "router_probabilities(tensor([[1., 2., 3.]]), tensor([[0.2, 0.4]]))",
        ],
    ),
    "select_experts": Probes(
        text=[
            "select_experts(tensor([[0.6, 0.2, 0.15, 0.05]]), 2)",
            "select_experts(tensor([[0.6, 0.2, 0.15, 0.05], [0.1, 0.3, 0.1875, 0.4125]]), 2)",
        ],
        values=[
            "select_experts(tensor([[0.1, 0.7, 0.2]]), 1)",
            "select_experts(tensor([[0.1, 0.2, 0.7]]), 2)",
            "select_experts(tensor([[0.1, 0.2, 0.7], [0.5, 0.1, 0.4]]), 2)",
            "select_experts(tensor([[0.1, 0.2, 0.7], [0.5, 0.1, 0.4]]), 3)",
            "select_experts(tensor([[0.05, 0.1, 0.3, 0.15, 0.4]]), 3)",
            "select_experts(tensor([[0.05, 0.1, 0.3, 0.15, 0.4], [0.3, 0.25, 0.2, 0.15, 0.1]]), 1)",
            "select_experts(tensor([[0.05, 0.1, 0.3, 0.15, 0.4]]), 5)",
            "is_double(select_experts(tensor([[0.1, 0.2, 0.7]]).double(), 2)[0])",
            "keeps_inputs(select_experts, tensor([[0.1, 0.2, 0.7]]), 2)",
        ],
        refusals=[
            "select_experts(tensor([[0.1, 0.2, 0.7]]), 0)",
            "select_experts(tensor([[0.1, 0.2, 0.7]]), -1)",
            "select_experts(tensor([[0.1, 0.2, 0.7]]), 4)",
        ],
    ),
}
