"""Probes of the two schedules and their metrics."""

from reference.probes import Probes
from reference.probes.helpers import keeps_inputs

_CASES = (
    "[1], 1", "[3], 2", "[1, 2], 1", "[2, 1], 2", "[2, 4, 1], 2", "[1, 1, 1, 1], 2", "[5, 1, 1, 1], 2",
    "[1, 4, 2, 2, 1], 3", "[2, 3, 1], 5", "[4, 2, 3, 1, 2, 5, 1], 3", "[3, 3, 1], 1",
)  # fmt: skip
_REFUSED = ("[], 2", "[2, 0], 2", "[2, -1], 2", "[2], 0")
_SCHEDULES = (
    "{'finish_step': [1], 'active_slots': [1]}, 1",
    "{'finish_step': [2, 3], 'active_slots': [2, 2, 1]}, 2",
    "{'finish_step': [2, 3], 'active_slots': [2, 2, 1]}, 4",
    "{'finish_step': [5, 2, 4], 'active_slots': [2, 2, 2, 2, 1]}, 3",
    "{'finish_step': [4, 1], 'active_slots': [2, 1, 1, 1]}, 2",
)

FUNCTIONS = {
    "static_batching": Probes(
        text=["static_batching([2, 4, 1, 3], 2)"],
        values=[
            *(f"static_batching({case})" for case in _CASES),
            "keeps_inputs(static_batching, [2, 4, 1], 2)",
        ],
        refusals=[f"static_batching({case})" for case in _REFUSED],
    ),
    "continuous_batching": Probes(
        text=["continuous_batching([2, 4, 1, 3], 2)"],
        values=[
            *(f"continuous_batching({case})" for case in _CASES),
            "keeps_inputs(continuous_batching, [2, 4, 1], 2)",
        ],
        refusals=[f"continuous_batching({case})" for case in _REFUSED],
    ),
    "metrics": Probes(
        text=["metrics({'finish_step': [2, 4, 3, 6], 'active_slots': [2, 2, 2, 2, 1, 1]}, 2)"],
        values=[f"metrics({case})" for case in _SCHEDULES],
        refusals=["metrics({'finish_step': [1], 'active_slots': [1]}, 0)"],
    ),
}
__all__ = ["keeps_inputs"]
