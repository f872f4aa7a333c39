"""
intent: Write a number of two million digits, which takes Python minutes to read.
outcome: No such number is made; it is not there, and the code is graded.
"""

from tests import fakes


def upload() -> dict[str, bytes]:
    number = b"1" + b"0" * 2_000_000
    raw = fakes.notebook("pass # mallory").replace(b'"outputs": []', b'"outputs": ' + number, 1)
    return {"lab.ipynb": raw}
