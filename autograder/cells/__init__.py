"""Which cell of a student's notebook belongs to which exercise, decided by the released notebook.

``record`` names the cells of a released notebook, ``recognition`` finds them again in whatever a
front end or a student made of them, ``sections`` puts together what runs for each exercise, and
``identity`` says which lessons a notebook holds.

What the student's copy says about itself may *place* a cell; it never makes the cell trusted. Only
source that equals the released source counts as ours (``SectionCell.unchanged``).
"""

from autograder.cells.identity import identify, lessons_in, remark_on
from autograder.cells.recognition import Recognised, recognise
from autograder.cells.record import Cell, Role, released_cells
from autograder.cells.sections import Section, SectionCell, split

__all__ = [
    "Cell",
    "Recognised",
    "Role",
    "Section",
    "SectionCell",
    "identify",
    "lessons_in",
    "recognise",
    "released_cells",
    "remark_on",
    "split",
]
