"""
intent: Name a file in a flat folder as Moodle would name Ada's.
outcome: A layout is recognised by the whole of a class; one such name is a name.
"""

LAYOUT = "files"
STUDENT = "Ada Lovelace_2195_assignsubmission_file_lab"
