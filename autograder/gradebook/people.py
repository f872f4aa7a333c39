"""Who is who: what rosters and hand-ins say about people, joined into students.

Every source tells about people in its own words. One such telling is an :class:`Entry`; ``match``
joins entries into students, strongest identifiers first, and never guesses: where two people fit,
nobody is matched and both are named. The gradebook keeps the entries and what people decided;
the students are worked out anew each time, so neither the order of runs nor a roster that comes
late changes who anybody is.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from autograder.gradebook.records import Student
from autograder.intake.submission import Identifier, IdentifierKind, Person

Pair = frozenset[int]
STRONG = (
    IdentifierKind.SID, IdentifierKind.EMAIL, IdentifierKind.CANVAS_ID,
    IdentifierKind.GRADESCOPE_ID, IdentifierKind.MOODLE_ID, IdentifierKind.BRIGHTSPACE_ID,
    IdentifierKind.LOGIN,
)  # fmt: skip
"""Kinds that name one person, strongest first."""
CHANGING = {IdentifierKind.MOODLE_ID}
"""Moodle numbers a participant anew for each assignment: two numbers may be one person's."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A person as one source tells: a row of the roster, or who handed in."""

    id: int
    identifiers: tuple[Identifier, ...]
    on_roster: bool = False
    section: str = ""
    occasions: frozenset[tuple[int, str]] = frozenset()
    """The runs and lessons in which this entry handed in."""

    @property
    def name(self) -> str:
        """What to call this person: the full name, else the strongest identifier."""
        return Person(self.identifiers).name

    def values(self, kind: IdentifierKind) -> set[str]:
        """The identifiers of one kind, as they are compared."""
        return {one.folded for one in self.identifiers if one.kind == kind and one.folded}


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about entries; the later of two that contradict counts."""

    kind: Literal["link", "split", "rename"]
    first: int
    second: int = 0
    name: str = ""


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """The students, and what an instructor should look at."""

    students: tuple[Student, ...]
    student_of: dict[int, Student]
    """By the id of each entry."""
    weak: tuple[str, ...]
    """A sentence for each match that no id supports."""
    conflicts: tuple[str, ...]
    """A sentence for each person who was not matched because several fit."""


def match(entries: Sequence[Entry], decisions: Sequence[Decision] = ()) -> Matching:
    """Join entries into students.

    Args:
        entries: what rosters and hand-ins say; no two rows of the roster are one student.
        decisions: what people decided, oldest first.
    """
    links, splits, names = _settled(decisions)
    groups = _Groups(entries, splits)
    for pair in sorted(links, key=sorted):
        groups.join(pair)
    conflicts = dict.fromkeys(_join_by_ids(groups))
    weak = []
    for step in (_join_by_folder, _join_by_roster_name, _join_by_name):
        for sentence, matched in step(groups):
            if matched:
                weak.append(sentence)
            else:
                conflicts[sentence] = None
    students = [_student(group, names) for group in groups.all()]
    student_of = {
        entry.id: student
        for group, student in zip(groups.all(), students, strict=True)
        for entry in group
    }
    return Matching(
        students=tuple(students),
        student_of=student_of,
        weak=tuple(weak),
        conflicts=tuple(conflicts),
    )


def _settled(decisions: Iterable[Decision]) -> tuple[set[Pair], set[Pair], dict[int, str]]:
    """What holds in the end: pairs that are linked, pairs that are split, and names."""
    links: set[Pair] = set()
    splits: set[Pair] = set()
    names: dict[int, str] = {}
    for one in decisions:
        pair = frozenset((one.first, one.second))
        if one.kind == "link":
            links.add(pair)
            splits.discard(pair)
        elif one.kind == "split":
            splits.add(pair)
            links.discard(pair)
        else:
            names[one.first] = one.name
    return links, splits, names


class _Groups:
    """Entries joined so far. A group holds at most one row of the roster."""

    def __init__(self, entries: Sequence[Entry], splits: set[Pair]) -> None:
        self.entries = sorted(entries, key=lambda entry: entry.id)
        self._splits = splits
        self.torn: set[int] = set()
        """Entries that several people fit: nobody but a person joins these."""
        self._group = {entry.id: [entry] for entry in self.entries}

    def all(self) -> list[list[Entry]]:
        """Every group once, by its first entry."""
        return [group for id_, group in self._group.items() if group[0].id == id_]

    def loose(self) -> list[list[Entry]]:
        """The groups without a row of the roster that a name may still join."""
        return [
            group
            for group in self.all()
            if not any(entry.on_roster or entry.id in self.torn for entry in group)
        ]

    def of(self, entry: Entry) -> list[Entry]:
        return self._group[entry.id]

    def on_roster(self, entry: Entry) -> bool:
        return any(one.on_roster for one in self.of(entry))

    def join(self, ids: Iterable[int]) -> None:
        """Make one group of several entries' groups."""
        groups = {id(group): group for one in ids if (group := self._group.get(one))}
        joined = sorted((entry for group in groups.values() for entry in group), key=_by_id)
        for entry in joined:
            self._group[entry.id] = joined

    def apart(self, one: Entry, other: Entry) -> bool:
        """True where a person decided that these two are different people."""
        pairs = itertools.product(self.of(one), self.of(other))
        return any(frozenset((a.id, b.id)) in self._splits for a, b in pairs)

    def disagree(self, one: Entry, other: Entry, weaker_than: IdentifierKind | None = None) -> bool:
        """True where a stronger identifier, or the roster, says that these are two people."""
        mine, theirs = self.of(one), self.of(other)
        if mine is theirs:
            return False
        if self.on_roster(one) and self.on_roster(other):
            return True
        kinds = STRONG[: STRONG.index(weaker_than)] if weaker_than in STRONG else STRONG
        for kind in kinds:
            values = _values(mine, kind), _values(theirs, kind)
            if kind not in CHANGING and all(values) and not values[0] & values[1]:
                return True
        return False


def _by_id(entry: Entry) -> int:
    return entry.id


def _values(group: Iterable[Entry], kind: IdentifierKind) -> set[str]:
    return {value for entry in group for value in entry.values(kind)}


def _buckets(entries: Iterable[Entry], kind: IdentifierKind) -> dict[str, list[Entry]]:
    """The entries that share a value of this kind."""
    buckets: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        for value in entry.values(kind):
            buckets[value].append(entry)
    return buckets


def _join_by_ids(groups: _Groups) -> Iterator[str]:
    """Join by strong identifiers; yields a sentence for each person whom two people fit."""
    for entry, rows in _torn(groups):
        groups.torn.add(entry.id)
        yield _conflict(entry, rows, "strong identifiers disagree")
    for kind in STRONG:
        usable = [entry for entry in groups.entries if entry.id not in groups.torn]
        for bucket in _buckets(usable, kind).values():
            pairs = [(a, b) for a, b in itertools.combinations(bucket, 2) if not groups.apart(a, b)]
            against = next(((a, b) for a, b in pairs if groups.disagree(a, b, kind)), None)
            if against is not None:
                reason = f"they share the {_called(kind)}, and a stronger identifier disagrees"
                yield _conflict(against[0], [against[1]], reason)
                continue
            for a, b in pairs:
                if not groups.apart(a, b):
                    groups.join((a.id, b.id))


def _torn(groups: _Groups) -> Iterator[tuple[Entry, list[Entry]]]:
    """Who handed in with identifiers of several rows of the roster, nobody having decided."""
    rows: dict[tuple[IdentifierKind, str], list[Entry]] = defaultdict(list)
    for entry in groups.entries:
        if entry.on_roster:
            for kind in STRONG:
                for value in entry.values(kind):
                    rows[kind, value].append(entry)
    for entry in groups.entries:
        if entry.on_roster or groups.on_roster(entry):
            continue
        fitting = {
            row.id: row
            for kind in STRONG
            for value in entry.values(kind)
            for row in rows.get((kind, value), ())
            if not groups.apart(entry, row)
        }
        if len(fitting) > 1:
            yield entry, list(fitting.values())


def _join_by_folder(groups: _Groups) -> Iterator[tuple[str, bool]]:
    """One folder name is one student; on a roster it may be a number, a login or an e-mail.

    Names that differ in case or accents only are one student too, unless they lay side by side.
    """
    handed_in = [entry for entry in groups.entries if not entry.on_roster]
    for bucket in _buckets(handed_in, IdentifierKind.FOLDER).values():
        pairs = list(itertools.combinations(bucket, 2))
        side_by_side = [
            (one, other)
            for one, other in pairs
            if not _spelled(one) & _spelled(other) and one.occasions & other.occasions
        ]
        if side_by_side:
            one, other = side_by_side[0]
            yield _conflict(one, [other], "they handed in side by side"), False
        for one, other in pairs:
            # Of several such names, another spelling may be either's.
            alike = not side_by_side or _spelled(one) & _spelled(other)
            if alike and not groups.apart(one, other) and not groups.disagree(one, other):
                groups.join((one.id, other.id))
    rows, named = _rows_by_id(groups), _by_form(groups.loose())
    for folder, bucket in _buckets(handed_in, IdentifierKind.FOLDER).items():
        found = list(rows.get(folder, {}).values())
        one_group = len({id(groups.of(entry)) for entry in bucket}) == 1
        if not one_group or groups.on_roster(bucket[0]) or len(found) != 1:
            continue
        rivals = (group for form in _forms(found[0]) for group in named.get(form, ()))
        if groups.apart(bucket[0], found[0]) or _rival(bucket[0], groups.of(bucket[0]), rivals):
            continue
        groups.join((bucket[0].id, found[0].id))
        yield f"{bucket[0].name} is taken for {found[0].name}: the folder has their id.", True


def _rows_by_id(groups: _Groups) -> dict[str, dict[int, Entry]]:
    """The roster's rows by each number, address and login, folded."""
    found: dict[str, dict[int, Entry]] = defaultdict(dict)
    rows = [entry for entry in groups.entries if entry.on_roster]
    for kind in (IdentifierKind.SID, IdentifierKind.EMAIL, IdentifierKind.LOGIN):
        for value, fitting in _buckets(rows, kind).items():
            found[value] |= {row.id: row for row in fitting}
    return found


def _rival(entry: Entry, group: list[Entry], named: Iterable[list[Entry]]) -> bool:
    """True if somebody handed in beside: called by another's number, one is not yet that other."""
    return any(entry not in other and _occasions(other) & _occasions(group) for other in named)


def _join_by_roster_name(groups: _Groups) -> Iterator[tuple[str, bool]]:
    """Full names, either order, or disputed numbers: one row and one who handed in, or nobody."""
    rows = [entry for entry in groups.entries if entry.on_roster]
    fitting: dict[int, list[Entry]] = {}
    claims: dict[int, list[Entry]] = defaultdict(list)
    by_form = _by_form([row] for row in rows)
    loose, by_id = groups.loose(), _rows_by_id(groups)
    for group in loose:
        forms = {form for entry in group for form in _forms(entry)}
        found = {row.id: row for form in forms for (row,) in by_form.get(form, ())}
        for folder in _values(group, IdentifierKind.FOLDER):
            found |= by_id.get(folder, {})
        possible = [row for row in found.values() if not groups.apart(group[0], row)]
        fitting[group[0].id] = possible
        for row in fitting[group[0].id]:
            claims[row.id].append(group[0])
    for group in loose:
        first, fits = group[0], fitting[group[0].id]
        if len(fits) > 1:
            yield _conflict(first, fits, "the full name fits each"), False
        elif fits and len(claims[fits[0].id]) > 1:
            others = [other for other in claims[fits[0].id] if other is not first]
            yield _conflict(first, others, f"each may be {fits[0].name} of the roster"), False
        elif fits and groups.disagree(first, fits[0]):
            reason = "the names are equal, and a stronger identifier disagrees"
            yield _conflict(first, fits, reason), False
        elif fits:
            groups.join((first.id, fits[0].id))
            yield f"{first.name} is taken for {fits[0].name}, by the full name alone.", True


def _join_by_name(groups: _Groups) -> Iterator[tuple[str, bool]]:
    """Without a row of the roster, equal names are one student unless they met in one lesson."""
    loose = groups.loose()
    named: dict[str, list[list[Entry]]] = defaultdict(list)
    for group in loose:
        for name in _values(group, IdentifierKind.NAME):
            named[squashed(name)].append(group)
    for bucket in named.values():
        pairs = list(itertools.combinations(bucket, 2))
        if not pairs or any(groups.apart(a[0], b[0]) for a, b in pairs):
            continue
        met = any(_occasions(a) & _occasions(b) for a, b in pairs)
        name = bucket[0][0].name
        if met or any(groups.disagree(a[0], b[0]) for a, b in pairs):
            yield _conflict(bucket[0][0], [b[0] for b in bucket[1:]], "the names are equal"), False
        else:
            groups.join(group[0].id for group in bucket)
            yield f"{name} handed in several times, joined by the full name alone.", True


def _spelled(entry: Entry) -> set[str]:
    """The folder's name as it is written."""
    return {one.value for one in entry.identifiers if one.kind == IdentifierKind.FOLDER}


def _occasions(group: Iterable[Entry]) -> set[tuple[int, str]]:
    return {occasion for entry in group for occasion in entry.occasions}


def _forms(entry: Entry) -> set[str]:
    """Ways to write the full name as one word: as it is, and turned at each space."""
    forms = set()
    for value in entry.values(IdentifierKind.NAME) | entry.values(IdentifierKind.FOLDER):
        words = re.findall(r"[^\W_]+", _folded(value))
        forms |= {"".join(words[at:] + words[:at]) for at in range(len(words))}
    return forms


def _by_form(groups: Iterable[list[Entry]]) -> dict[str, list[list[Entry]]]:
    """Groups by each way to write a full name of theirs."""
    found: dict[str, list[list[Entry]]] = defaultdict(list)
    for group in groups:
        for form in {form for entry in group for form in _forms(entry)}:
            found[form].append(group)
    return found


def squashed(name: str) -> str:
    """A name as Canvas writes it into file names: lower case, without accents and spaces."""
    return re.sub(r"[\W_]+", "", _folded(name))


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _conflict(entry: Entry, others: Iterable[Entry], reason: str) -> str:
    named = " and ".join(described(other) for other in others)
    return f"{described(entry)} was not matched with {named}: {reason}."


def described(person: Entry | Student) -> str:
    """A name with the strongest identifiers, so that two people of one name are told apart."""
    ids = [f"{_called(one.kind)} {one.value}" for one in person.identifiers if one.kind in STRONG]
    return f"{person.name} ({', '.join(ids[:2])})" if ids else person.name


def _called(kind: IdentifierKind) -> str:
    return {"email": "e-mail"}.get(kind, kind.replace("_", " "))


def _student(group: Sequence[Entry], names: dict[int, str]) -> Student:
    ordered = sorted(group, key=lambda entry: (not entry.on_roster, entry.id))
    identifiers = {
        (one.kind, one.folded): one for entry in reversed(ordered) for one in entry.identifiers
    }
    by_strength = sorted(identifiers.values(), key=lambda one: list(IdentifierKind).index(one.kind))
    renamed = [names[entry.id] for entry in group if entry.id in names]
    full = [entry.name for entry in ordered if entry.values(IdentifierKind.NAME)]
    return Student(
        id=min(entry.id for entry in group),
        name=(renamed or full or [ordered[0].name])[-1 if renamed else 0],
        identifiers=tuple(by_strength),
        section=next((entry.section for entry in ordered if entry.section), ""),
        on_roster=any(entry.on_roster for entry in group),
    )
