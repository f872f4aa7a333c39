"""
intent: Hand in a folder for each classmate, so that one's own looks like a section of the class.
outcome: The first folder that holds work is the student, since the other folders are students.
"""

from tests import fakes


def upload() -> dict[str, bytes]:
    others = ("Ada Lovelace", "Ben Boole", "Cem", "Dot", "Eli")
    return {f"{who}/lab.ipynb": fakes.notebook(f"pass # as {who}") for who in others}
