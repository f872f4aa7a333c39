"""
intent: Write a cell of 30,000 quotes and brackets, on which patterns for code take minutes.
outcome: Cells are shown and compared by code that is linear, and long ones are cut.
"""

from tests import fakes

SECONDS = 20.0
PARTS = (
    '"""' * 9_000, "(" * 30_000, "f'{" * 9_000, "\\\n" * 15_000, "'" + "\\'" * 15_000,
    "0x" * 15_000, "%%time " * 5_000, "! " * 15_000, "_a" * 15_000, "#\t " * 9_000,
)  # fmt: skip


def upload() -> dict[str, bytes]:
    cells = [
        {"cell_type": kind, "source": part, "metadata": {}, "id": f"{kind}{place}"}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for place, part in enumerate(PARTS)
        for kind in ("code", "markdown")
    ]
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}
