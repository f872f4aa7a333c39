"""Probes of rotary position embeddings."""

from math import pi

from torch import arange, eye, ones, tensor

from reference.probes import Probes
from reference.probes.helpers import is_double, keeps_inputs

FUNCTIONS = {
    "rotation_matrix": Probes(
        text=["rotation_matrix(0.0)", "rotation_matrix(pi / 2)"],
        values=[
            "rotation_matrix(0.5)",
            "rotation_matrix(-0.3)",
            "rotation_matrix(2.0)",
            "rotation_matrix(100.0)",
            "is_double(rotation_matrix(0.5))",
        ],
    ),
    "rotate": Probes(
        text=["rotate(tensor([1., 0.]), 1, pi / 2)"],
        values=[
            "rotate(tensor([1., 0.]), 0, 0.5)",
            "rotate(tensor([1., 0.]), 1, 0.5)",
            "rotate(tensor([0., 1.]), 1, 0.5)",
            "rotate(tensor([1., 2.]), 3, 0.25)",
            "rotate(tensor([1., 2.]), 7, -0.4)",
            "rotate(tensor([1., 2.]), 5000, 0.1)",
            "is_double(rotate(tensor([1., 2.]), 1, 0.5))",
            "is_double(rotate(tensor([1., 2.]).double(), 1, 0.5))",
            "keeps_inputs(rotate, tensor([1., 2.]), 2, 0.3)",
        ],
        needs=("rotation_matrix",),
    ),
    "apply_rope": Probes(
        text=["apply_rope(tensor([[1., 0., 1., 0.]]), tensor([1]))"],
        values=[
            "apply_rope(tensor([[1., 2.]]), tensor([0]))",
            "apply_rope(tensor([[1., 0.]]), tensor([1]))",
            "apply_rope(tensor([[0., 1.]]), tensor([2]))",
            "apply_rope(tensor([[1., 0., 0., 0.]]), tensor([1]))",
            "apply_rope(tensor([[0., 1., 0., 0.]]), tensor([1]))",
            "apply_rope(tensor([[0., 0., 1., 0.]]), tensor([3]))",
            "apply_rope(tensor([[0., 0., 0., 1.]]), tensor([50]))",
            "apply_rope(tensor([[1., 2., 3., 4.], [4., 3., 2., 1.]]), tensor([2, 5]))",
            "apply_rope(tensor([[1., 2., 3., 4., 5., 6.]]), tensor([7]), base=100.0)",
            "apply_rope(tensor([[1., 0.], [0., 1.], [1., 1.]]), tensor([4, 0, 9]))",
            "apply_rope(eye(4).reshape(2, 2, 4), tensor([1, 3]))",
            "apply_rope(tensor([[1., 2., 3., 4.]]), tensor([5000]))",
            "apply_rope(arange(24.).reshape(2, 3, 1, 4), tensor([6]))",
            "apply_rope(arange(24.).reshape(3, 2, 4), tensor([1, 2]))",
            "is_double(apply_rope(tensor([[1., 2.]]), tensor([1])))",
            "is_double(apply_rope(tensor([[1., 2.]]).double(), tensor([1])))",
            # With base 3 the speed in float32 is the same number however it is worked out, so that
            # its error is the same in all of these programs.
            "apply_rope(tensor([[0., 0., 1., 0.]]).double(), tensor([700003]), base=3.0)",
            "apply_rope(tensor([[0., 0., 1., 0.]]), tensor([700003]), base=3.0)",
            "apply_rope(tensor([[1., 0.]]).double(), tensor([900007]))",
            "keeps_inputs(apply_rope, tensor([[1., 2.]]), tensor([3]))",
        ],
        refusals=[
            "apply_rope(tensor([[1., 2., 3.]]), tensor([1]))",
            "apply_rope(tensor([[1., 2.]]), tensor([1]), base=0.0)",
            "apply_rope(tensor([[1., 2.]]), tensor([1]), base=-2.0)",
            "apply_rope(tensor([[1., 2.]]), tensor([1, 2]))",
        ],
    ),
}
__all__ = ["arange", "eye", "keeps_inputs", "ones", "pi", "tensor"]
