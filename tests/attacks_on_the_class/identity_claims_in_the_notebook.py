"""
intent: Write another's name, points, times and tests into the notebook's metadata.
outcome: Metadata of a notebook says nothing about people or points.
"""

import json

from tests import fakes

TOTAL = 8


def upload() -> dict[str, bytes]:
    notebook = json.loads(fakes.notebook("fail # mallory"))
    notebook["metadata"] |= {
        "student": "Ada Lovelace", "authors": [{"name": "Ada Lovelace"}], "sid": "2195",
        "score": 20, "grade": 20, "submitted_at": "2020-01-01T00:00:00Z",
        "otter": {"tests": {"test_shape": {"points": 1000}}, "assignment_name": "x"},
    }  # fmt: skip
    return {"lab.ipynb": json.dumps(notebook).encode()}
