"""A real answer that crashes: at few calls it is still named, everywhere it is a crash."""

from __future__ import annotations

from autograder.model import FindingKind
from tests.diagnosis.asked import diagnosed, samples_of

EXERCISE = "speculative_decoding"
CLOSED_FORM = "(1 - match_probability**num_draft) / (1 - match_probability)"
GUARDED = f"""    if match_probability == 1:
        return float(num_draft)
    return {CLOSED_FORM}
"""


def one_term_short(last_lines: str) -> str:
    """The answer that adds up one term too few, with other last lines in ``expected_tokens``."""
    source = samples_of(EXERCISE)["wrong_geometric_sum_one_short"].source
    assert source.count(GUARDED) == 1
    return source.replace(GUARDED, last_lines)


def test_a_crash_at_few_calls_hides_no_misconception() -> None:
    # 0/0 at match probability 1 only, which 2 of 8 probes ask for: no more than a quarter.
    found = diagnosed(EXERCISE, one_term_short(f"    return {CLOSED_FORM}\n"))
    misconception, crash = [one for one in found if one.function == "expected_tokens"]
    assert misconception.kind is FindingKind.MISCONCEPTION
    assert misconception.sample == "wrong_geometric_sum_one_short"
    assert "expected_tokens(1.0" not in misconception.call
    assert (crash.kind, crash.misconception) == (FindingKind.CRASH, "")
    assert crash.call == "expected_tokens(1.0, 1)"
    assert crash.sentence.startswith("expected_tokens raises ZeroDivisionError")


def test_a_crash_everywhere_names_no_misconception() -> None:
    everywhere = f"    return np.full(num_draft, match_probability).total() * {CLOSED_FORM}\n"
    found = diagnosed(EXERCISE, one_term_short(everywhere))
    (crash,) = [one for one in found if one.function == "expected_tokens"]
    assert (crash.kind, crash.misconception) == (FindingKind.CRASH, "")
    assert crash.sentence.startswith("expected_tokens raises AttributeError")
    assert len(crash.follows) > 1
