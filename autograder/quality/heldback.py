"""Does a diagnosis name ways of writing that nobody showed it? Measured on answers held back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from autograder.course.samples import SampleAnswer, load_samples
from autograder.diagnosis.findings import diagnose
from autograder.diagnosis.known import KnownFunction, Signature
from autograder.diagnosis.naming import misconception_of
from autograder.model import Finding, FindingKind
from autograder.quality.check import ExerciseCheck, Run

ONE_IN = 3
"""Of the further styles of an idea, one in so many is held back."""


class Verdict(StrEnum):
    """What a diagnosis says of an answer whose idea it knows in other styles only."""

    RIGHT = "named, right"
    TOO_MUCH = "right, and too much"
    """The right name, and beside it another one for a second function."""
    WRONG = "named, wrong"
    CRASH = "crash"
    COUNTEREXAMPLE = "counterexample"
    SILENT = "no finding"


class HeldBack(msgspec.Struct, frozen=True, kw_only=True):
    """One sample answer that was not among the known ones, diagnosed."""

    exercise: str
    sample: str
    verdict: Verdict


def held_back(samples: Sequence[SampleAnswer]) -> list[SampleAnswer]:
    """Choose a third of the further styles: wrong answers that say what an earlier one says too.

    The choice is by a hash of the name, so that nobody chooses and it stays the same.
    """
    said: set[str] = set()
    further = []
    wrong = [sample for sample in samples if sample.kind != "correct"]
    for sample in wrong:
        if sample.kind == "also" or sample.feedback in said:
            further.append(sample)
        said.add(sample.feedback)
    return [sample for sample in further if _hash(sample.name) % ONE_IN == 0]


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def measure(
    check: ExerciseCheck,
    known: Sequence[KnownFunction],
    arguments: Mapping[str, frozenset[str]],
) -> list[HeldBack]:
    """Diagnose what is held back of one exercise against everything else.

    Args:
        check: the exercise, with all of its sample answers judged.
        known: its functions, with the answers of all sample answers.
        arguments: the names that each test asks for.
    """
    kept = held_back(load_samples(check.exercise))
    others = [without(function, {sample.name for sample in kept}) for function in known]
    runs = {run.name: run for run in check.runs}
    return [
        HeldBack(
            exercise=check.exercise,
            sample=sample.name,
            verdict=verdict_on(sample, known, others, runs[sample.name], arguments),
        )
        for sample in kept
    ]


def verdict_on(
    sample: SampleAnswer,
    known: Sequence[KnownFunction],
    others: Sequence[KnownFunction],
    run: Run,
    arguments: Mapping[str, frozenset[str]],
) -> Verdict:
    """Diagnose one wrong sample answer.

    Args:
        sample: the sample answer.
        known: the exercise's functions, with its answers among others.
        others: what it is compared with.
        run: its tests, judged.
        arguments: the names that each test asks for.
    """
    findings = diagnose(
        others, answers_of_sample(known, sample.name), run.outcome.tests, arguments, [sample.source]
    )
    return _verdict(sample, findings)


def without(function: KnownFunction, samples: set[str]) -> KnownFunction:
    """Return a function as if some sample answers did not exist."""
    values, refusals = (
        tuple(one for one in misread if one.sample not in samples)
        for misread in (function.values, function.refusals)
    )
    return msgspec.structs.replace(function, values=values, refusals=refusals)


def answers_of_sample(known: Sequence[KnownFunction], sample: str) -> dict[str, Signature]:
    """How the functions of a wrong sample answer answer the probes."""
    return {
        function.probes.name: next(
            (one.answers for one in (*function.values, *function.refusals) if one.sample == sample),
            function.right[0],
        )
        for function in known
    }


def _verdict(sample: SampleAnswer, findings: Sequence[Finding]) -> Verdict:
    names = {misconception_of(finding) for finding in findings} - {""}
    kinds = {finding.kind for finding in findings}
    if names == {sample.feedback}:
        return Verdict.RIGHT
    if names:
        return Verdict.TOO_MUCH if sample.feedback in names else Verdict.WRONG
    if FindingKind.CRASH in kinds:
        return Verdict.CRASH
    return Verdict.COUNTEREXAMPLE if kinds else Verdict.SILENT
