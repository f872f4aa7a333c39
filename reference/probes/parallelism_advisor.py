"""Probes of the parallelism advisor. Sizes are such that each part is a round number of GB."""

from typing import Any

from reference import parallelism_advisor
from reference.probes import Probes
from reference.probes.helpers import Function


def plan(answer: Any) -> list[Any]:
    """A plan as plain values."""
    return [
        answer.data_parallel_alone, answer.tensor_parallel, answer.pipeline_stages,
        answer.data_parallel, answer.zero_stage, answer.memory_per_gpu_gb, answer.bottleneck,
    ]  # fmt: skip


def names_the_fewest(function: Function, num_params: float, num_gpus: int) -> bool:
    """Whether the error for too few GPUs names the smallest number that would do."""
    fewest = parallelism_advisor.fewest_gpus(num_params, num_gpus)
    try:
        function(num_params, num_gpus)
    except ValueError as error:
        return fewest in parallelism_advisor.numbers_in(str(error))
    return False


_CASES = (
    "1e9, 1, 80.0", "4e9, 1, 60.0", "5e9, 1, 80.0", "5e9, 2, 80.0", "5e9, 4, 40.0", "10e9, 8, 80.0",
    "10e9, 8, 40.0", "8e9, 4, 40.0", "10e9, 4, 50.0", "20e9, 8, 80.0", "20e9, 8, 80.0, 4",
    "40e9, 16, 80.0", "40e9, 16, 80.0, 4", "40e9, 32, 80.0, 2", "30e9, 10, 80.0", "70e9, 20, 80.0",
    "70e9, 14, 80.0", "20e9, 16, 80.0, 6", "60e9, 32, 80.0, 6",
    "35e9, 64, 80.0",
)  # fmt: skip

FUNCTIONS = {
    "advise": Probes(
        text=["plan(advise(7e9, 8))", "plan(advise(70e9, 16))", "plan(advise(175e9, 64))"],
        values=[
            *(f"plan(advise({case}))" for case in _CASES),
            "plan(advise(1e9, 1, 12.0, reserve=0.0))",
            "plan(advise(1e9, 1, 24.0, reserve=0.5))",
            "plan(advise(1e9, 2, 12.0, reserve=0.5))",
            "plan(advise(1e9, 1, 80.0, bytes_per_param=(4, 2, 16)))",
            "plan(advise(10e9, 8, 80.0, bytes_per_param=(1, 4, 8)))",
            "plan(advise(40e9, 16, 80.0, bytes_per_param=(1, 2, 4)))",
            "names_the_fewest(advise, 30e9, 4)",
            "names_the_fewest(advise, 11e9, 1)",
            "names_the_fewest(advise, 90e9, 9)",
            "names_the_fewest(advise, 20e9, 1)",
            "names_the_fewest(advise, 10e9, 1)",
        ],
        refusals=[
            "advise(0, 1)",
            "advise(1e9, 0)",
            "advise(1e9, 1, 0.0)",
            "advise(1e9, 1, 80.0, 0)",
            "advise(1e9, 1, reserve=1.0)",
            "advise(1e9, 1, reserve=-0.1)",
            "advise(30e9, 4)",
            "advise(10e9, 1)",
        ],
    ),
    "bubble_fraction": Probes(
        text=["bubble_fraction(4, 1)", "bubble_fraction(4, 8)"],
        values=[
            "bubble_fraction(1, 1)",
            "bubble_fraction(2, 1)",
            "bubble_fraction(2, 3)",
            "bubble_fraction(8, 32)",
        ],
        refusals=["bubble_fraction(0, 2)", "bubble_fraction(2, 0)"],
    ),
}
