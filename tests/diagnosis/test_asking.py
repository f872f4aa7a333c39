"""Who stumbled is told apart: the student's function, or the probe over what came back."""

from __future__ import annotations

import pytest

from autograder.diagnosis.answers import Kind
from autograder.diagnosis.asking import FunctionProbes, Group, Probe, ask

PAGE = "texts(routing_html(['a'], [0]))"


def without_a_colour(tokens: list[str], expert_ids: list[int]) -> str:
    """A page whose spans have no background."""
    return "".join(f'<span style="color: red" title="expert 0">{token}</span>' for token in tokens)


def crashing(tokens: list[str], expert_ids: list[int]) -> str:
    """Raises by itself."""
    return tokens[7]


@pytest.mark.parametrize(
    ("call", "function", "kind", "shown"),
    [
        (PAGE, without_a_colour, Kind.UNFIT, "no such answer (AssertionError: no background"),
        (PAGE, lambda tokens, ids: None, Kind.UNFIT, "no such answer (AssertionError"),
        ("routing_html(['a'], [0]).shape", without_a_colour, Kind.UNFIT, "no such answer (Attr"),
        (PAGE, crashing, Kind.RAISED, "IndexError: list index"),
        ("routing_html(['a'], [0])[:5]", without_a_colour, Kind.VALUE, "'<span'"),
    ],
    ids=["a helper", "None", "the expression", "the student", "nobody"],
)
def test_who_stumbled(call, function, kind, shown) -> None:
    probes = FunctionProbes(
        name="routing_html",
        probes=(Probe(call, Group.VALUES),),
        needs=(),
        tolerance=1e-4,
        floor=1e-6,
    )
    (answer,) = ask("expert_routing", probes, {"routing_html": function}, 5.0)
    assert answer.kind is kind
    assert answer.shown.startswith(shown)


def test_an_input_that_is_changed_is_what_it_was_for_the_next_question() -> None:
    def storing(tokens, token_embeddings, router_weight):
        known = [token in token_embeddings for token in tokens]
        token_embeddings.update(dict.fromkeys(tokens))
        router_weight.zero_()
        return [known, router_weight.any()]

    call = "assign_experts(['dog'], EMBEDDINGS, ROUTER)"
    probes = FunctionProbes(
        name="assign_experts",
        probes=(Probe(call, Group.VALUES), Probe(call, Group.VALUES)),
        needs=(),
        tolerance=1e-4,
        floor=1e-6,
    )
    first, second = ask("expert_routing", probes, {"assign_experts": storing}, 5.0)
    assert first == second
    (third, _) = ask(
        "expert_routing", probes, {"assign_experts": lambda *given: len(given[1])}, 5.0
    )
    assert third.shown == "4"
