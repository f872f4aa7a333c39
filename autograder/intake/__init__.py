"""Find the notebooks in whatever an instructor has, and say one plain sentence about the rest.

Nothing is unpacked and nothing is executed: files and archive members are read in memory, within
limits, and a notebook is JSON and nothing more.
"""

from autograder.intake.discover import Intake, Source, discover, refuse_overlap
from autograder.intake.notebook import parse_notebook
from autograder.intake.submission import Submission

__all__ = [
    "Intake",
    "Source",
    "Submission",
    "discover",
    "parse_notebook",
    "refuse_overlap",
]
