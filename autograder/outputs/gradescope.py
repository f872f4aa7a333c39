"""``results.json`` files as Gradescope reads them, the late rule applied."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from autograder.files import write_whole
from autograder.gradebook.records import Row
from autograder.outputs.results import result_json


def write_gradescope(folder: Path, rows: Sequence[Row]) -> tuple[Path, ...]:
    """Write ``gradescope/<submission>/<lesson>.json`` for every row."""
    paths = []
    for row in rows:
        result = result_json(row)
        if row.lateness is not None:
            result["score"] = round(result["score"] - row.lateness.deduction, 4)
            result["tests"].append(
                {
                    "name": "handed in late",
                    "score": -row.lateness.deduction,
                    "max_score": 0,
                    "visibility": "visible",
                    "output": row.lateness.sentence,
                }
            )
        name = f"{row.submission.lesson or 'not-graded'}.json"
        path = folder / "gradescope" / row.submission.name / name
        write_whole(path, json.dumps(result, indent=1, ensure_ascii=False).encode())
        paths.append(path)
    return tuple(paths)
