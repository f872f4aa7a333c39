"""What each view says: a template's name and what is put into it. Reads, and never writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from autograder.desk.answers import CodeCell, answer_cells, marked
from autograder.desk.groups import Group
from autograder.desk.reading import Desk, Snapshot
from autograder.desk.todo import todo
from autograder.gradebook.records import Row
from autograder.gradebook.store import Gradebook
from autograder.outputs.report.rows import page_name, sections, student_name
from autograder.outputs.report.stats import TestStats, lesson_title

NEIGHBOURS = 12
"""Members of a group that stand around the one that is shown."""
LISTED = 200
"""Rows of a table; the search finds the others."""


class Missing(LookupError):
    """There is no such page; the message says so."""


class View(NamedTuple):
    """One page."""

    template: str
    context: dict[str, Any]


def to_do(desk: Desk) -> View:
    """What waits for a person."""
    snapshot, pairs = desk.snapshot(), desk.pairs()
    wrong = [
        group
        for exercise in snapshot.answers
        for group in snapshot.groups(exercise)
        if group.failed
    ]
    context = {
        "kinds": todo(snapshot, pairs), "comparing": pairs is None,
        "groups": len(wrong), "wrong": sum(len(group.answers) for group in wrong),
    }  # fmt: skip
    return View("todo.html.j2", context)


def exercises(desk: Desk) -> View:
    """All exercises, each with the size of its groups."""
    snapshot = desk.snapshot()
    lines = []
    for exercise, lesson in snapshot.exercises.items():
        answers = snapshot.answers.get(exercise)
        if answers:
            wrong = [one for one in snapshot.groups(exercise) if one.failed]
            count = sum(len(one.answers) for one in wrong)
            by_hand = sum(one.by_hand for one in snapshot.groups(exercise))
            lines.append((exercise, lesson, len(answers), count, len(wrong), by_hand))
    return View("exercises.html.j2", {"lines": lines})


def exercise(desk: Desk, name: str, group_id: str = "", place: int = 0) -> View:
    """One exercise: its groups, and one answer beside its group's representative.

    Args:
        desk: the desk.
        name: the exercise.
        group_id: the group to show; the first by default.
        place: which of its answers, counted from 0.
    """
    snapshot = desk.snapshot()
    groups = snapshot.groups(name)
    if not groups:
        raise Missing(f"Nobody has an answer for the exercise {name}.")
    numbered = {one.id: number for number, one in enumerate(groups)}
    number = numbered.get(group_id, 0)
    group = groups[number]
    place = min(max(place, 0), len(group.answers) - 1)
    lesson = snapshot.exercises[name]
    ours, theirs = _side_by_side(desk, snapshot, name, group, place)
    before, after = _around(groups, number, place)
    start = max(0, min(place - NEIGHBOURS // 2, len(group.answers) - NEIGHBOURS))
    context = {
        "name": name, "lesson": lesson, "groups": groups, "group": group, "place": place,
        "answer": group.answers[place], "cells": ours, "representative": theirs,
        "before": before, "after": after, "most": snapshot.most[name],
        "near": list(enumerate(group.answers[start : start + NEIGHBOURS], start)),
        "basis": _basis(snapshot, name, [group.answers[place].row]),
        "group_basis": _basis(snapshot, name, [one.row for one in group.answers]),
        "tests": _tests(snapshot, name), "following": _following(snapshot, name),
    }  # fmt: skip
    return View("exercise.html.j2", context)


def _following(snapshot: Snapshot, name: str) -> str:
    """The next exercise that has answers; empty after the last."""
    names = [one for one in snapshot.exercises if one in snapshot.answers]
    after = names[names.index(name) + 1 :]
    return after[0] if after else ""


def _side_by_side(
    desk: Desk, snapshot: Snapshot, name: str, group: Group, place: int
) -> tuple[list[CodeCell], list[CodeCell]]:
    """The answer that is shown, and the representative's unless it is that one."""
    package = snapshot.packages[snapshot.exercises[name]]
    with desk.open() as book:
        answer = group.answers[place]
        ours = answer_cells(package, _body(book, answer.row), name)
        if place == 0:
            return ours, []
        theirs = answer_cells(package, _body(book, group.representative.row), name)
    return marked(ours, theirs), marked(theirs, ours)


def _around(groups: Sequence[Group], number: int, place: int) -> tuple[str, str]:
    """The addresses of the answers before and after, over the ends of groups."""

    def address(group: Group, at: int) -> str:
        return f"?group={group.id}&answer={at}"

    before = after = ""
    if place > 0:
        before = address(groups[number], place - 1)
    elif number > 0:
        before = address(groups[number - 1], len(groups[number - 1].answers) - 1)
    if place + 1 < len(groups[number].answers):
        after = address(groups[number], place + 1)
    elif number + 1 < len(groups):
        after = address(groups[number + 1], 0)
    return before, after


def _body(book: Gradebook, row: Row) -> bytes:
    content = row.submission.content_hash
    return book.notebook(content) if content else b""


def _basis(snapshot: Snapshot, exercise_name: str, rows: Sequence[Row]) -> str:
    return snapshot.standings.basis([row.student.id for row in rows], exercise_name)


def _tests(snapshot: Snapshot, name: str) -> Sequence[TestStats]:
    found = (one for lesson in snapshot.stats for one in lesson.exercises if one.name == name)
    return next((one.tests for one in found), ())


def student(desk: Desk, number: int) -> View:
    """One student: lessons and attempts, points and their reasons, and all that was decided."""
    snapshot = desk.snapshot()
    rows = snapshot.of_student.get(number)
    if not rows:
        raise Missing("No student of this number has handed in.")
    with desk.open() as book:
        history = book.decided(snapshot.persons(number))
    standing = {one.id for one in history if not one.withdrawn_by}
    latest = {one.mark.exercise: one.id for one in history if one.id in standing}
    context = {
        "student": rows[0].student, "name": student_name(rows[0]),
        "lessons": [_lesson(snapshot, row, _exercises(snapshot, rows, row)) for row in rows],
        "history": history[::-1], "latest": set(latest.values()),
        "stranger": any(one.id == number for one in snapshot.strangers),
        "submission": page_name(rows[0]),
    }  # fmt: skip
    return View("student.html.j2", context)


def _exercises(snapshot: Snapshot, rows: Sequence[Row], row: Row) -> tuple[str, ...]:
    """The exercises that points for this row can be about, each once among a student's rows.

    A file of no lesson can stand for any lesson of which the student has nothing else.
    """
    slug = row.submission.lesson
    if package := snapshot.packages.get(slug or ""):
        return package.exercises
    if slug is None and row is next(one for one in rows if one.submission.lesson is None):
        taken = {one.submission.lesson for one in rows}
        return tuple(name for name, lesson in snapshot.exercises.items() if lesson not in taken)
    return ()


def _lesson(snapshot: Snapshot, row: Row, names: Sequence[str]) -> dict[str, Any]:
    """What a student's page says of one lesson."""
    slug = row.submission.lesson
    judged = {section.exercise: section for section in sections(row)}
    held = {mark.exercise: mark for mark in row.on_hold}
    return {
        "row": row,
        "slug": slug or "",
        "title": lesson_title(slug) or row.submission.source,
        "frame": notebook_address(row),
        "exercises": [
            {
                "name": name,
                "section": judged.get(name),
                "mark": row.adjustment(name),
                "held": held.get(name),
                "most": snapshot.most.get(name),
                "basis": _basis(snapshot, name, [row]),
            }
            for name in names
        ],
    }


def notebook_address(row: Row) -> str:
    """Where a row's notebook is shown; empty where there is none to show."""
    one = row.submission
    return (
        f"/notebook/{quote(one.content_hash)}/{quote(one.lesson or '-')}"
        if one.content_hash
        else ""
    )


def test(desk: Desk, exercise_name: str, name: str) -> View:
    """One test: who does not pass it, and what they were told."""
    snapshot = desk.snapshot()
    found = next((one for one in _tests(snapshot, exercise_name) if one.name == name), None)
    if found is None:
        raise Missing(f"The exercise {exercise_name} has no test {name}.")
    failing = [
        (answer, outcome)
        for answer in snapshot.answers[exercise_name]
        for outcome in answer.section.tests
        if outcome.name == name and not outcome.passed
    ]
    context = {"exercise": exercise_name, "test": found, "failing": failing[:LISTED],
               "count": len(failing), "where": _places(snapshot, exercise_name)}  # fmt: skip
    return View("test.html.j2", context)


def _places(snapshot: Snapshot, exercise_name: str) -> dict[int, str]:
    """By student, where their answer stands among the groups."""
    return {
        answer.row.student.id: f"?group={group.id}&answer={place}"
        for group in snapshot.groups(exercise_name)
        for place, answer in enumerate(group.answers)
    }


def the_class(desk: Desk, search: str = "") -> View:
    """The class: progress, figures, who is absent, alike pairs, and the students."""
    snapshot, pairs = desk.snapshot(), desk.pairs()
    words = search.casefold().split()
    found = [row for row in snapshot.rows if _matches(row, words)]
    with desk.open() as book:
        progress = book.progress()
    context = {
        "progress": progress, "lessons": snapshot.stats, "absent": snapshot.absent,
        "pairs": pairs, "rows": found[:LISTED], "count": len(found), "search": search,
        "conflicts": snapshot.matching.conflicts,
    }  # fmt: skip
    return View("class.html.j2", context)


def _matches(row: Row, words: Sequence[str]) -> bool:
    text = f"{student_name(row)} {page_name(row)} {row.submission.lesson} {row.status}".casefold()
    return all(word in text for word in words)


def alike(desk: Desk, place: int) -> View:
    """Two notebooks side by side, with what both have marked."""
    pairs = desk.pairs()
    if pairs is None:
        raise Missing("The notebooks are still being compared; come back in a moment.")
    if not 0 <= place < len(pairs):
        raise Missing("There is no such pair any more.")
    return View("alike.html.j2", {"pair": pairs[place]})
