"""The ``submission_metadata.yml`` of Gradescope's "export submissions"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import yaml

from autograder.errors import Unreadable

FILE_NAME = "submission_metadata.yml"


class Entry(msgspec.Struct, frozen=True):
    """Who submitted, and when."""

    student: str
    key: str
    submitted_at: float | None = None


def read_metadata(raw: bytes) -> dict[str, Entry]:
    """Folder name to entry, in the order of the file.

    Raises:
        Unreadable: the file is not what Gradescope writes.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(raw, Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        raise Unreadable("is not valid YAML") from None
    if not isinstance(content, dict):
        raise Unreadable("does not list submissions")
    return {
        str(folder): _entry(str(folder), value)
        for folder, value in content.items()
        if isinstance(value, dict)
    }


def _entry(folder: str, value: dict[Any, Any]) -> Entry:
    people = [p for p in _get(value, "submitters") or [] if isinstance(p, dict)]
    names = [_text(_get(person, "name")) for person in people]
    ids = [_text(_get(person, "email") or _get(person, "sid")) for person in people]
    return Entry(
        student=", ".join(filter(None, names)) or folder,
        key=",".join(sorted(filter(None, ids))) or folder,
        submitted_at=_time(_get(value, "created_at")),
    )


def _text(value: Any) -> str:
    """A name or a number; nested lists that refer to each other would grow without end."""
    return str(value) if isinstance(value, (str, int)) else ""


def _get(mapping: dict[Any, Any], key: str) -> Any:
    """Gradescope writes Ruby symbols, so keys begin with a colon."""
    return mapping.get(f":{key}", mapping.get(key))


def _time(value: Any) -> float | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
