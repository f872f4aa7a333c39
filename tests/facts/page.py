"""The page docs/facts.md."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from tests.facts.lesson_1 import lesson_1
from tests.facts.lesson_2 import lesson_2
from tests.facts.lesson_3 import lesson_3_serving, lesson_3_training
from tests.facts.record import VERDICTS

PAGE = Path(__file__).parents[2] / "docs" / "facts.md"

FACTS = [*lesson_1(), *lesson_2(), *lesson_3_training(), *lesson_3_serving()]

NOT_COMPUTED = {
    "1.3, 1.17, 2.28, 2.37, 3.67": "configurations and illustrations; nothing follows from them",
    "1.15": "topic and syntax of experts: Mixtral's paper, section 5; its 28 % is a measurement",
    "2.26": "a sentence without a number: the cache grows with KV heads, not with query heads",
    "2.35": "a sentence without a number: linear attention pays off above n = head_dim",
    "3.52, 3.71": "sentences without a number",
    "3.55": "data sheet: 312 TFLOPS dense bf16, NVLink 600 GB/s in both directions together",
    "3.59": "column shards are concatenated, row shards are summed; no number",
    "3.70": "how LLaMA 2 70B was trained was not published; the notebooks do not say it",
    "B": "speedups that papers measured (36.9, 23, 8, 4 and 3.4 times) need their hardware",
}


@cache
def computed(index: int) -> float:
    return float(FACTS[index].compute())


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:.4g}"


def _shown(index: int) -> str:
    """What the page says was computed; of a measurement only what every machine agrees on."""
    fact = FACTS[index]
    return f"about {fact.said}" if fact.verdict == "measured" else _number(computed(index))


def page() -> str:
    """The table as Markdown."""
    counts = ", ".join(f"{sum(f.verdict == v for f in FACTS)} {v}" for v in VERDICTS)
    lines = [
        "# Every quoted number, computed again",
        "",
        "Made by `python -m tests.facts`; a test compares. The first column is the",
        "lesson and a number that names the claim. *Exact*: reproduced",
        "to the printed digits. *Measured*: a training's result, within 5 %; its further digits",
        "depend on the machine's arithmetic. *Rounded*: within 5 %. *Inconsistent*: no convention",
        "of the exercises gives it, or it contradicts another number. *Wrong*: the statement",
        "behind it is false. The computed value is the right one, and the only one that the",
        "notebooks quote.",
        "",
        f"{len(FACTS)} numbers: {counts}.",
        "",
        "| claim | what | said | computed | unit | verdict | computed by |",
        "|---|---|---:|---:|---|---|---|",
    ]
    for index, fact in enumerate(FACTS):
        verdict = fact.verdict if fact.verdict in ("exact", "measured") else f"**{fact.verdict}**"
        cells = (fact.row, fact.claim, fact.said, _shown(index), fact.unit, verdict)
        lines.append(f"| {' | '.join(cells)} | {fact.source} |")
    lines += ["", "Not computed:", ""]
    lines += [f"* {row}: {why}." for row, why in NOT_COMPUTED.items()]
    return "\n".join(lines) + "\n"
