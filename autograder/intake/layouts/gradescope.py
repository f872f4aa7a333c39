"""Gradescope, "export submissions": ``submission_metadata.yml`` beside a folder per submission.

The list is what Ruby's YAML writes, with symbols for keys. Scripts that read such exports use
``[':submitters'][0][':name']``, ``':sid'``, ``':email'`` and ``':created_at'``; a group has several
submitters. Results and the history of all earlier submissions stand there too and make the list
large: it is read event by event, and only these fields are kept.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from autograder.errors import Unreadable
from autograder.intake.guard import foreign
from autograder.intake.items import Item
from autograder.intake.layouts import files
from autograder.intake.layouts.base import Entry, HandIn, Reading, entries
from autograder.intake.names import MAX_READ
from autograder.intake.submission import Person, TimeSource, person
from autograder.intake.times import stamp

NAME = "gradescope"
TITLE = "Gradescope, export submissions"
FILE_NAME = "submission_metadata.yml"
FOLDER = re.compile(r"submission_(\d{1,19})")
MAX_DEPTH = 60
MAX_EVENTS = 50_000_000
MAX_SUBMITTERS = 100


def fit(items: Sequence[Item]) -> float:
    """The list lies at the top, and beside it only folders."""
    found = entries(items)
    if not any(one.name == FILE_NAME and not one.is_folder for one in found):
        return 0.0
    return 1.0 if all(one.is_folder or one.is_companion or _is_list(one) for one in found) else 0.0


def read(items: Sequence[Item]) -> Reading:
    """A hand-in per folder, and one for each listed submission without a folder."""
    found = entries(items)
    people, remarks = _people(found)
    folders = {one.name: one.items for one in found if one.is_folder}
    listed = {name: folders.get(name, []) for name in people}
    hand_ins = [
        _hand_in(name, content, people.get(name, {}))
        for name, content in (listed | folders).items()
    ]
    rest = files.read_entries(one for one in found if not one.is_folder and not _is_list(one))
    return rest.after(hand_ins, remarks=remarks)


def _is_list(entry: Entry) -> bool:
    return entry.name == FILE_NAME


def _people(found: Sequence[Entry]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """What the list says of each folder, and a remark if it could not be read to its end."""
    people: dict[str, dict[str, Any]] = {}
    for entry in found:
        if not entry.is_folder and _is_list(entry):
            try:
                content = entry.items[0].read()
                with foreign():
                    people.update(read_metadata(content))
            except Unreadable as error:
                return people, [
                    f"{FILE_NAME} {error}. Whoever it does not name goes by the folder's name; "
                    "export the submissions again to have their names and times."
                ]
    return people, []


def _hand_in(name: str, items: list[Item], entry: dict[str, Any]) -> HandIn:
    match = FOLDER.fullmatch(name)
    people: tuple[Person, ...] = tuple(
        who for who in map(_person, entry.get("submitters", ())) if who.identifiers
    )
    moment = stamp(entry.get("created_at", ""))
    return HandIn(
        label=name,
        people=people or (person(folder=name),),
        items=items,
        folder=name,
        number=int(match[1]) if match else None,
        submitted_at=moment,
        time_source=TimeSource.GRADESCOPE if moment is not None else TimeSource.NOBODY,
    )


def _person(submitter: dict[str, str]) -> Person:
    return person(**{kind: submitter.get(kind, "") for kind in ("sid", "email", "name")})


def read_metadata(raw: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each folder's name with its ``submitters`` and ``created_at``, one after the other.

    Raises:
        Unreadable: from this point on the text is not what Gradescope writes.
    """
    events = _events(raw)
    if not isinstance(next(events, None), yaml.MappingStartEvent):
        raise Unreadable("does not list submissions")
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            return
        name = event.value[:MAX_READ] if isinstance(event, yaml.ScalarEvent) else ""
        entry = _mapping(events, {"submitters": _submitters, "created_at": _text})
        if name and entry is not None:
            yield name, entry
    raise Unreadable("ends too early")


def _events(raw: bytes) -> Iterator[yaml.Event]:
    """The events of the first document; a mapping's content comes between its start and end."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    skipped = (yaml.StreamStartEvent, yaml.DocumentStartEvent)
    try:
        for number, event in enumerate(yaml.parse(raw, Loader=loader)):
            if number > MAX_EVENTS:
                raise Unreadable("is too large to be read")
            if not isinstance(event, skipped):
                yield event
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unreadable(f"is not valid YAML, line {line}") from None
    except yaml.YAMLError:
        raise Unreadable("is not valid YAML") from None


def _mapping(events: Iterator[yaml.Event], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """The wanted fields of the mapping that comes next; None if something else comes."""
    start = next(events)
    if not isinstance(start, yaml.MappingStartEvent):
        _skip(start, events)
        return None
    found: dict[str, Any] = {}
    while not isinstance(key := next(events), yaml.MappingEndEvent):
        # Gradescope writes Ruby symbols, so keys begin with a colon.
        field = key.value.removeprefix(":") if isinstance(key, yaml.ScalarEvent) else ""
        _skip(key, events)
        if field in wanted:
            found[field] = wanted[field](events)
        else:
            _skip(next(events), events)
    return found


def _submitters(events: Iterator[yaml.Event]) -> list[dict[str, Any]]:
    start = next(events)
    if not isinstance(start, yaml.SequenceStartEvent):
        _skip(start, events)
        return []
    found: list[dict[str, Any]] = []
    wanted = dict.fromkeys(("name", "sid", "email"), _text)
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        submitter = _mapping(itertools.chain((event,), events), wanted)
        if submitter and len(found) < MAX_SUBMITTERS:
            found.append(submitter)
    return found


def _text(events: Iterator[yaml.Event]) -> str:
    event = next(events)
    _skip(event, events)
    value = event.value if isinstance(event, yaml.ScalarEvent) else ""
    return "" if value in ("~", "null") else value[:MAX_READ]


def _skip(event: yaml.Event, events: Iterator[yaml.Event]) -> None:
    """Read on to the end of what ``event`` begins."""
    depth = _step(event)
    while depth:
        depth += _step(next(events))
        if depth > MAX_DEPTH:
            raise Unreadable("is nested too deeply")


def _step(event: yaml.Event) -> int:
    if isinstance(event, yaml.CollectionStartEvent):
        return 1
    return -1 if isinstance(event, yaml.CollectionEndEvent) else 0
