"""Probes of expert routing."""

from typing import Any

from torch import tensor

from reference.expert_routing import is_escaped, spans_of
from reference.probes import Probes
from reference.probes.helpers import keeps_inputs

EMBEDDINGS = {
    "the": tensor([1.0, 0.0]), "cat": tensor([0.2, 1.0]), "sat": tensor([-1.0, 0.3]),
    "<unk>": tensor([-0.5, -2.0]),
}  # fmt: skip
ROUTER = tensor([[1.0, 0.1], [0.1, 2.0], [-1.5, 0.2], [0.1, -0.9]])


def texts(page: Any) -> list[str]:
    """The text of each span."""
    return [span.text for span in spans_of(page)]


def titles(page: Any) -> list[str]:
    """The title of each span."""
    return [span.title for span in spans_of(page)]


def colour_pattern(page: Any) -> list[int]:
    """For each span, which span was the first with its colour: colours themselves are free."""
    colours = [span.colour for span in spans_of(page)]
    return [colours.index(colour) for colour in colours]


FUNCTIONS = {
    "tokenize": Probes(
        text=["tokenize('The mitochondria is the powerhouse of the cell.')"],
        values=[
            "tokenize('One')",
            "tokenize('A b')",
            "tokenize('no, yes')",
            "tokenize('what?!')",
            'tokenize("it isn\'t")',
            "tokenize('it isn\\u2019t')",
            "tokenize(\"'quoted' words\")",
            'tokenize("dogs\' tails")',
            "tokenize('4096 bits')",
            "tokenize('gpt2 b2b')",
            "tokenize('Ann saw Tom')",
            "tokenize(\"o'clock o'n'o\")",
            "tokenize('two  spaces')",
            "tokenize('new\\nline')",
            "tokenize('the cat the cat')",
            "tokenize('semi-final (x)')",
            "tokenize('')",
        ],
    ),
    "assign_experts": Probes(
        text=[],
        values=[
            "assign_experts(['the'], EMBEDDINGS, ROUTER)",
            "assign_experts(['the', 'cat'], EMBEDDINGS, ROUTER)",
            "assign_experts(['the', 'sat', 'cat', 'the'], EMBEDDINGS, ROUTER)",
            "assign_experts(['the', 'dog'], EMBEDDINGS, ROUTER)",
            "assign_experts(['cat'], EMBEDDINGS, tensor([[1., 0.], [0., -9.], [0.5, 0.4]]))",
            "assign_experts(['cat'], EMBEDDINGS, tensor([[3., 0.3], [0., 0.5]]))",
            "assign_experts(['the'], EMBEDDINGS, tensor([[3., 2.], [0.2, 0.], [1., 0.7]]))",
            "assign_experts(['cat', 'cat', 'the'], EMBEDDINGS, ROUTER)",
            "keeps_inputs(assign_experts, ['the', 'dog'], EMBEDDINGS, ROUTER)",
        ],
    ),
    "usage_by_kind": Probes(
        text=[],
        values=[
            "usage_by_kind(['the', 'cat'], [0, 1], {'the'}, 2)",
            "usage_by_kind(['the', 'cat', 'the'], [0, 1, 1], {'the'}, 2)",
            "usage_by_kind(['the', 'cat', 'sat', 'mat'], [0, 1, 0, 1], {'the'}, 3)",
            "usage_by_kind(['the', '.', 'cat', ','], [0, 1, 1, 2], {'the'}, 3)",
            "usage_by_kind(['the', '4096', 'b2b'], [0, 1, 2], {'the'}, 3)",
            "usage_by_kind(['the', 'of'], [0, 1], ['the', 'of'], 2)",
            "usage_by_kind(['cat', 'sat', 'cat'], [0, 1, 0], {'the'}, 2)",
            "usage_by_kind([\"don't\", 'the'], [1, 0], {'the'}, 2)",
            "usage_by_kind(['the', 'a', 'cat'], [2, 1, 1], {'the', 'a'}, 4)",
        ],
        refusals=[
            "usage_by_kind(['the'], [0, 1], {'the'}, 2)",
            "usage_by_kind(['the', 'cat'], [0], {'the'}, 2)",
            "usage_by_kind(['the'], [2], {'the'}, 2)",
            "usage_by_kind(['the'], [-1], {'the'}, 2)",
        ],
    ),
    "routing_html": Probes(
        text=[],
        values=[
            "texts(routing_html(['the', 'cat'], [0, 1]))",
            "routing_html(['the', 'cat'], [0, 1]).count('<span')",
            "texts(routing_html(['the', 'cat', 'the'], [0, 0, 0]))",
            "titles(routing_html(['the', 'cat', 'sat'], [0, 3, 1]))",
            "titles(routing_html(['dog'], [20]))",
            "texts(routing_html(['a', '<', 'b'], [0, 1, 2]))",
            "is_escaped(routing_html(['a', '<'], [0, 1]))",
            "texts(routing_html(['x', '&', '&lt;'], [0, 1, 2]))",
            "colour_pattern(routing_html(['a', 'b', 'c', 'd'], [2, 0, 2, 1]))",
            "colour_pattern(routing_html(list('abcdefghijklmnop'), list(range(16))))",
            "colour_pattern(routing_html(['a', 'b'], [0, 1]) + routing_html(['a', 'b'], [0, 1]))",
            "colour_pattern(routing_html(['a', 'b'], [0, 2]) + routing_html(['c'], [2]))",
        ],
        refusals=[
            "routing_html(['a'], [0, 1])",
            "routing_html(['a', 'b'], [0])",
            "routing_html(['a'], [-1])",
        ],
    ),
}
__all__ = ["keeps_inputs"]
