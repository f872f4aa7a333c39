"""The facts of tests/facts agree with their verdicts, and docs/facts.md with them."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pytest
import torch

from tests.facts.experiments import causal_scores, mask_entries
from tests.facts.page import FACTS, PAGE, computed, page
from tests.facts.record import GPT2, LLAMA_7B, MIXTRAL, VERDICTS, Decoder

WITHIN = 0.05

NEVER_IN_A_NOTEBOOK = {
    "1.2": r"\b117 ?(B|billion)\b",
    "1.4": r"\b56 ?(B|billion)\b",
    "1.7": r"3 to 4 times|3-4x",
    "2.22": r"\b332 GB",
    "3.54": r"near.full utili[sz]ation",
    "3.57": r"\b530 ?(GFLOP|billion)",
    "3.58": r"40(-| to )60 ?%",
    "3.60": r"compute.bound",
    "3.70": r"LLaMA 2 70B was trained",
}
"""Claims that are not reproduced, as the course text words them."""


def agrees(said: str, value: float) -> bool:
    """Whether a value rounds to the printed digits."""
    exponent = Decimal(said).as_tuple().exponent
    assert isinstance(exponent, int)
    half_unit = 0.5 * 10.0**exponent
    return abs(value - float(said)) <= half_unit * (1 + 1e-9)


@pytest.mark.parametrize("index", range(len(FACTS)), ids=lambda i: f"{FACTS[i].row}-{i}")
def test_verdict(index: int) -> None:
    fact, value = FACTS[index], computed(index)
    message = f"{fact.claim}: said {fact.said}, computed {value!r} {fact.unit}"
    if fact.verdict != "measured":
        assert agrees(fact.said, value) == (fact.verdict == "exact"), message
    if fact.verdict in ("measured", "rounded"):
        assert math.isclose(value, float(fact.said), rel_tol=WITHIN), message


def test_rows_are_well_formed() -> None:
    assert {fact.verdict for fact in FACTS} == set(VERDICTS)
    assert len({(fact.claim, fact.said, fact.unit) for fact in FACTS}) == len(FACTS)


@pytest.mark.parametrize("row", NEVER_IN_A_NOTEBOOK)
def test_notebooks_do_not_quote_it(row: str) -> None:
    sources = (PAGE.parents[1] / "solutions").rglob("*.[pm][yd]")
    texts = {path: path.read_text(encoding="utf-8") for path in sources}
    assert texts
    quoting = [
        path.name for path, text in texts.items() if re.search(NEVER_IN_A_NOTEBOOK[row], text)
    ]
    assert not quoting


@pytest.mark.parametrize(("seq_len", "window"), [(64, None), (64, 8), (33, 5), (7, 16)])
def test_causal_scores_equal_the_mask(seq_len: int, window: int | None) -> None:
    assert causal_scores(seq_len, window) == mask_entries(seq_len, window)


@pytest.mark.parametrize(
    ("model", "config", "architecture"),
    [
        (GPT2, "GPT2Config", "GPT2LMHeadModel"),
        (LLAMA_7B, "LlamaConfig", "LlamaForCausalLM"),
        (MIXTRAL, "MixtralConfig", "MixtralForCausalLM"),
    ],
)
def test_totals_equal_transformers(model: Decoder, config: str, architecture: str) -> None:
    """The default configurations of transformers are the published ones; no weights are made."""
    transformers = pytest.importorskip("transformers")
    with torch.device("meta"):
        real = getattr(transformers, architecture)(getattr(transformers, config)())
    assert model.total == sum(parameter.numel() for parameter in real.parameters())


def test_page_is_current() -> None:
    hint = "run python -m tests.facts"
    assert PAGE.read_text(encoding="utf-8") == page(), hint
