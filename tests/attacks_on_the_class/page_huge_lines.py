"""
intent: Print a line of 8 MB, a table of 8 MB and a thousand outputs.
outcome: What is too long is cut with a line that says so, and a page has a cap.
"""

from tests import fakes


def upload() -> dict[str, bytes]:
    line = "x" * 8_000_000
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": line},
        {"output_type": "display_data", "metadata": {},
         "data": {"text/html": f"<table>{'<tr><td>1' * 900_000}"}},
        *[{"output_type": "stream", "name": "stderr", "text": "y\n"}] * 1_000,
    ]  # fmt: skip
    cells = [
        {"cell_type": "code", "source": "1", "execution_count": 1, "metadata": {},
         "outputs": outputs},
        {"cell_type": "markdown", "source": line[:2_000_000], "metadata": {}},
        {"cell_type": "code", "source": line[:2_000_000], "metadata": {}, "outputs": [],
         "execution_count": None},
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


SECONDS = 10.0
