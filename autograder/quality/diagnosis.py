"""Are the probes good? Each wrong sample answer shows, and no two ideas answer alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from autograder.course.samples import load_samples
from autograder.diagnosis.answers import Kind, agree, raised
from autograder.diagnosis.asking import Group
from autograder.diagnosis.known import KnownFunction, Misread

Place = tuple[str, bool]
"""A function, and whether its refusals are meant."""


NO_ANSWER = (Kind.UNFIT, Kind.UNFINISHED)
"""What a solution never gives to a probe that is written as it should be."""


def problems(exercise: str, functions: Sequence[KnownFunction]) -> list[str]:
    """List what is wrong with an exercise's probes, in sentences; one without probes has none."""
    if not functions:
        return []
    return [*_odd_probes(functions), *_invisible(exercise, functions), *_confused(functions)]


def _odd_probes(functions: Sequence[KnownFunction]) -> Iterator[str]:
    """The solution answers what is within range and refuses what is not."""
    for function in functions:
        for probe, answer in zip(function.probes.probes, function.right[0], strict=True):
            refused = answer.kind is Kind.RAISED and raised(answer) == "ValueError"
            if refused != (probe.group is Group.REFUSALS) or answer.kind in NO_ANSWER:
                yield f"the solution answers the probe {probe.call} with {answer.shown}"


def _invisible(exercise: str, functions: Sequence[KnownFunction]) -> Iterator[str]:
    seen = set(misread_places(functions))
    for sample in load_samples(exercise):
        if sample.kind != "correct" and sample.name not in seen:
            yield f"no probe tells {sample.name} from a right answer"


def _confused(functions: Sequence[KnownFunction]) -> Iterator[str]:
    by_sample = misread_places(functions)
    for one, other in combinations(by_sample, 2):
        mine, theirs = by_sample[one], by_sample[other]
        if mine.keys() == theirs.keys() and all(
            function.alike(misread.answers, theirs[place][1].answers, place[1])
            for place, (function, misread) in mine.items()
        ):
            sentences = {misread.sentence for _, misread in (*mine.values(), *theirs.values())}
            if len(sentences) > 1:
                yield f"{one} and {other} answer every probe alike but say different things"


def misread_places(
    functions: Sequence[KnownFunction],
) -> dict[str, dict[Place, tuple[KnownFunction, Misread]]]:
    """For each wrong sample answer, the functions that it gets wrong."""
    found: dict[str, dict[Place, tuple[KnownFunction, Misread]]] = {}
    for function in functions:
        for refusals, misread in ((False, function.values), (True, function.refusals)):
            for one in misread:
                place = (function.probes.name, refusals)
                found.setdefault(one.sample, {})[place] = (function, one)
    return found


def separated(function: KnownFunction, at: int) -> int:
    """How many wrong sample answers a probe tells from every right one."""
    misread = {one.sample: one for one in (*function.values, *function.refusals)}
    return sum(not function.right_at(at, one.answers[at]) for one in misread.values())


def groups_of(function: KnownFunction, at: int) -> int:
    """Into how many different answers a probe divides the wrong sample answers."""
    different: list[Misread] = []
    for one in (*function.values, *function.refusals):
        if not any(
            agree(
                one.answers[at], other.answers[at],
                function.probes.tolerance, function.probes.floor,
            )
            for other in different
        ):  # fmt: skip
            different.append(one)
    return len(different)
