"""
intent: Call a folder like Ada's in another case, so that both fold to one student.
outcome: Folders that lie side by side are different students; she keeps the plain name.
"""

STUDENT = "ADA LOVELACE"
