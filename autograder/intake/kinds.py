"""Kinds of files that people hand in by mistake, by the ends of their names."""

from __future__ import annotations

KINDS = {
    ".py": "a Python script",
    ".html": "a web page",
    ".htm": "a web page",
    ".pdf": "a PDF",
    ".rar": "a RAR archive",
    ".7z": "a 7z archive",
    ".tar.gz": "a tar archive",
    ".tgz": "a tar archive",
    ".tar": "a tar archive",
    ".tar.bz2": "a tar archive",
    ".tar.xz": "a tar archive",
    ".docx": "a Word document",
    ".doc": "a Word document",
    ".txt": "a text file",
    ".json": "a JSON file",
    ".png": "a picture",
    ".jpg": "a picture",
    ".jpeg": "a picture",
    ".heic": "a picture",
    ".webloc": "a link",
    ".url": "a link",
    ".ipynb.webarchive": "a web page",
}


def kind_of(name: str) -> str:
    """What a file of this name is, such as "a PDF"; empty for what is not known."""
    lower = name.lower()
    endings = sorted((end for end in KINDS if lower.endswith(end)), key=len)
    return KINDS[endings[-1]] if endings else ""


def refusal(name: str) -> str:
    """A phrase that says why a file of this name is not graded."""
    kind = kind_of(name)
    if kind.endswith("archive"):
        return f"is {kind}, which is not read: hand in the notebook itself or a zip"
    if kind:
        return f"is {kind}, not a notebook: hand in the .ipynb file"
    return "is not a notebook: hand in the .ipynb file"
