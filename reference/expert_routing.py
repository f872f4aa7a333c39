"""Reference for `expert_routing`: tokens, their experts, and the page that shows them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Sequence
from html.parser import HTMLParser
from typing import Any, NamedTuple

import torch

from reference import checks

APOSTROPHE_MARKS = "'\u2019"

PUNCTUATED = (
    "hello, world! (yes)",
    "well-known; and/or: a+b=c",
    'wait... "what?!"',
    "cut here--now",
    "half% of $me @home #tag [a] {b} ~ ^ * | < & >",
)
APOSTROPHES = (
    "don't stop it isn't 4096 tokens",
    "rock'n'roll at 10 o'clock",
    "gpt2 b2b 2nd 1990's",
)
CURLY = ("isn\u2019t it", "rock\u2019n\u2019roll don\u2019t")
EDGES = ("the students' books and 'quoted' words", "'tis late", "o'clock''s \u2018here\u2019")
CAPITALS = ("The CELL and the Cell", "GPT2 McDonald HELLO world")
SPACED = (
    "the cat and\tthe dog\n\nand  the end",
    "b a c a b",
    "the end of the start",
    "",
    " \n ",
    "one",
)


def tokenize(text: str) -> list[str]:
    """Split an English text into lower-case words and single punctuation marks.

    Reads one character after the other. A word is a run of letters and digits in which a single
    apostrophe may stand between two of them.

    Args:
        text: letters a to z, digits, straight or curly apostrophes, ASCII punctuation other than
            the underscore, white space.

    Returns:
        The tokens in order.
    """
    tokens: list[str] = []
    inside_word = False
    text = text.lower()
    for position, character in enumerate(text):
        following = text[position + 1 : position + 2]
        inner = inside_word and character in APOSTROPHE_MARKS and following.isalnum()
        if inside_word and (character.isalnum() or inner):
            tokens[-1] += character
        elif not character.isspace():
            tokens.append(character)
        inside_word = character.isalnum() or inner
    return tokens


def assign_experts(
    tokens: Sequence[str], token_embeddings: dict[str, torch.Tensor], router_weight: torch.Tensor
) -> list[int]:
    """Top-1 expert of each token (Mixtral, arXiv 2401.04088, section 2.1, with top_k = 1).

    Args:
        tokens: words and marks.
        token_embeddings: word to (d_model,); has an entry "<unk>".
        router_weight: (num_experts, d_model).

    Returns:
        The number of the expert with the largest logit, for each token.
    """
    rows: list[list[float]] = router_weight.tolist()
    experts = []
    for token in tokens:
        known = token if token in token_embeddings else "<unk>"
        vector: list[float] = token_embeddings[known].tolist()
        logits = [sum(a * b for a, b in zip(row, vector, strict=True)) for row in rows]
        experts.append(max(range(len(logits)), key=logits.__getitem__))
    return experts


def usage_by_kind(
    tokens: Sequence[str],
    expert_ids: Sequence[int],
    function_words: Collection[str],
    num_experts: int,
) -> torch.Tensor:
    """Share of each expert among function words and among other words.

    Args:
        tokens: words and marks.
        expert_ids: expert of each token.
        function_words: the words of row 0.
        num_experts: number of experts.

    Returns:
        (2, num_experts) float64; row 1 holds all other tokens with a letter or digit. A row sums
        to 1, or is 0 where its kind does not occur.

    Raises:
        ValueError: different lengths, or an expert id outside 0..num_experts - 1.
    """
    _require_same_length(tokens, expert_ids)
    if not all(0 <= expert < num_experts for expert in expert_ids):
        raise ValueError(f"expert_ids must lie in 0..{num_experts - 1}, got {list(expert_ids)}")
    pairs = list(zip(tokens, expert_ids, strict=True))
    function = [expert for token, expert in pairs if token in function_words]
    other = [
        expert
        for token, expert in pairs
        if token not in function_words and re.search(r"[^\W_]", token)
    ]
    rows = [
        [kind.count(expert) / max(1, len(kind)) for expert in range(num_experts)]
        for kind in (function, other)
    ]
    return torch.tensor(rows, dtype=torch.float64)


def routing_html(tokens: Sequence[str], expert_ids: Sequence[int]) -> str:
    """One coloured span per token; expert N has hue 22.5 * N degrees.

    Args:
        tokens: words and marks.
        expert_ids: expert of each token, not negative.

    Returns:
        HTML with ``<span style="background: ..." title="expert N">token</span>`` for each token.

    Raises:
        ValueError: different lengths, or a negative expert id.
    """
    _require_same_length(tokens, expert_ids)
    if any(expert < 0 for expert in expert_ids):
        raise ValueError(f"expert_ids must not be negative, got {list(expert_ids)}")
    return "\n".join(
        f'<span style="background: hsl({22.5 * expert % 360}, 70%, 80%)" title="expert {expert}">'
        f"{html.escape(token)}</span>"
        for token, expert in zip(tokens, expert_ids, strict=True)
    )


def _require_same_length(tokens: Sequence[str], expert_ids: Sequence[int]) -> None:
    if len(tokens) != len(expert_ids):
        raise ValueError(f"expert_ids has {len(expert_ids)} entries for {len(tokens)} tokens")


class Span(NamedTuple):
    """One coloured token of a page."""

    text: str
    title: str
    colour: str


class _Spans(HTMLParser):
    """Collects the spans that carry a title; wrappers around them do not matter."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.spans: list[Span] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a span, or note a tag inside one as text that should not be there."""
        values = {name: value or "" for name, value in attrs}
        if tag == "span":
            self.open.append("title" in values)
            if "title" in values:
                colour = background(values.get("style", ""))
                self.spans.append(Span("", values["title"].strip(), colour))
        elif any(self.open):
            self._append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost span."""
        if tag == "span" and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        """Text inside a titled span belongs to its token."""
        if any(self.open):
            self._append(data)

    def _append(self, text: str) -> None:
        last = self.spans[-1]
        self.spans[-1] = last._replace(text=last.text + text)


def background(style: str) -> str:
    """The background colour of an inline style in one spelling.

    Raises:
        AssertionError: no background in the style.
    """
    for declaration in style.lower().split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in ("background", "background-color"):
            colour = "".join(value.split())
            short = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", colour)
            return "#" + "".join(2 * digit for digit in short.groups()) if short else colour
    raise AssertionError(f"no background colour in the style {style!r}")


def spans_of(page: Any) -> list[Span]:
    """Parse a student's page into its titled spans.

    Raises:
        AssertionError: not a str, no titled span, or a span without a background colour.
    """
    assert type(page) is str, f"expected a str, got {type(page).__name__}"
    parser = _Spans()
    parser.feed(page)
    parser.close()
    assert parser.spans, "no span with a title"
    return parser.spans


def is_escaped(page: str) -> bool:
    """Whether every & starts a character reference and every < a tag.

    Parsers guess at a bare ``&`` or ``<`` and often guess right, so that parsing alone forgives it.
    """
    bare_ampersand = re.search(r"&(?!(?:[a-zA-Z]+|#[0-9]+|#[xX][0-9a-fA-F]+);)", page)
    return bare_ampersand is None and re.search(r"<(?![a-zA-Z/!])", page) is None


def check_tokens(student_tokenize: Callable[[str], Any], texts: Sequence[str]) -> None:
    """Assert that a student's tokens are the reference's, for each text."""
    for text in texts:
        actual = student_tokenize(text)
        assert type(actual) in (list, tuple), f"expected a list, got {type(actual).__name__}"
        assert list(actual) == tokenize(text), f"tokens of {text!r}: {actual!r}"


def check_words(student_tokenize: Callable[[str], Any], texts: Sequence[str]) -> None:
    """Assert that a student's tokens with a letter or digit are the reference's, for each text."""
    for text in texts:
        actual = student_tokenize(text)
        assert type(actual) in (list, tuple), f"expected a list, got {type(actual).__name__}"
        words = [token for token in actual if any(mark.isalnum() for mark in token)]
        wanted = [token for token in tokenize(text) if any(mark.isalnum() for mark in token)]
        assert words == wanted, f"words of {text!r}: {words!r}"


def check_ids(actual: Any, expected: Sequence[int]) -> None:
    """Assert that a student's expert ids are ``expected``, one number per token."""
    assert type(actual) in (list, tuple), f"expected a list, got {type(actual).__name__}"
    assert len(actual) == len(expected), f"{len(actual)} ids for {len(expected)} tokens"
    for position, (student, wanted) in enumerate(zip(actual, expected, strict=True)):
        checks.integer(student, wanted, f"expert of token {position}")


def random_router(
    num_experts: int, d_model: int, seed: int
) -> tuple[list[str], dict[str, torch.Tensor], torch.Tensor]:
    """Words, their embeddings and a router whose best and second best logits are well apart.

    Returns:
        8 words without "<unk>", 9 embeddings of shape (d_model,), (num_experts, d_model) weights.
    """
    generator = torch.Generator().manual_seed(seed)
    router_weight = torch.randn(num_experts, d_model, generator=generator)
    words = ["the", "cell", "is", "don't", "4096", ",", "wall", "of"]
    embeddings: dict[str, torch.Tensor] = {}
    for word in [*words, "<unk>"]:
        while True:
            vector = torch.randn(d_model, generator=generator)
            best, second = (router_weight @ vector).topk(2).values.tolist()
            # Redrawn until the gap is one that no rounding can close.
            if best - second > 0.05:
                embeddings[word] = vector
                break
    return words, embeddings, router_weight


def plain_router(
    num_experts: int, unknown_expert: int
) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """A router in which each embedding points at one expert.

    Returns:
        Embeddings of "two" and "four", which go to experts 2 and 4, and of "<unk>", which goes to
        ``unknown_expert``; the weights, twice the identity.
    """
    axes = torch.eye(num_experts)
    experts = {"two": 2, "four": 4, "<unk>": unknown_expert}
    return {word: axes[expert].clone() for word, expert in experts.items()}, 2 * axes
