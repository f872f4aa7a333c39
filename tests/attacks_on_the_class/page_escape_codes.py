"""
intent: Print escape codes that clear, move, colour without end, link or are cut off.
outcome: What a terminal would show in the end is shown; what it would do is left out.
"""

from tests import fakes

CODES = ("\x1b[38m", "\x1b[48;5;999m", "\x1b]8;;javascript:pwned()\x07link\x1b]8;;\x07", "\x1b[2J",
         "\x1b[" + "9" * 20_000 + "m", "\x1b[31m" * 20_000, "\x1b]0;" * 20_000, "\x1b", "\x9b1m",
         "\r" * 50_000, "\b" * 50_000, "\0\x07")  # fmt: skip


def upload() -> dict[str, bytes]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": code} for code in CODES]
    outputs += [
        {"output_type": "error", "ename": code[:99], "evalue": code, "traceback": [code, code]}
        for code in CODES
    ]
    cell = {"cell_type": "code", "source": "1", "execution_count": 1, "metadata": {},
            "outputs": outputs}  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=[cell])}


SECONDS = 6.0
