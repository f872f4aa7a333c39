"""Messages as people read them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.text import printable, readable_message, shorten, values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "returned tensor([[0., 1.]], grad_fn=<_ConnectionBackward>); expected 1",
            "returned tensor([[0., 1.]]); expected 1",
        ),
        ("expected [0.7311000227928162, 0.0]", "expected [0.7311, 0.0]"),
        ("returned 3.0000, expected 12345.678", "returned 3.0, expected 12345.7"),
        ("returned 1.5e-07 and 0.00012345678", "returned 1.5e-07 and 0.0001235"),
        # Numbers that differ keep differing.
        ("returned 1.00012, expected 1.00034", "returned 1.0001, expected 1.0003"),
        # What single precision hardly tells apart does not count as different.
        ("returned 0.70000005, expected 0.7", "returned 0.7, expected 0.7"),
        # No numbers to round: names, versions, integers, lessons.
        ("float32 of torch 2.13.0 in 5.3.1 has 1234567 items", None),
        ("router(x) is a list; expected a tensor", None),
        ("", None),
    ],
)
def test_a_message_is_made_readable(written: str, read: str | None) -> None:
    assert readable_message(written) == (written if read is None else read)


def test_a_long_value_is_cut_inside_its_brackets() -> None:
    message = readable_message(f"f(1) returned {list(range(1000))}; expected less")
    assert message.startswith("f(1) returned [0, 1, 2,")
    assert message.endswith("]; expected less")
    assert "more characters" in message
    assert len(message) < 450
    assert "[[[" in readable_message("[" * 1_000)


def test_values_are_told_from_words() -> None:
    assert values("router(a[0]) of shape (2, 3) (see above) gave tensor([1]") == [
        (True, "router(a[0])"),
        (False, " of shape "),
        (True, "(2, 3)"),
        (False, " (see above) gave "),
        (True, "tensor([1]"),
    ]


@given(st.text(alphabet="([])a1.,- \n`", max_size=300) | st.text(max_size=300))
def test_any_text_has_its_parts_and_becomes_a_message(text: str) -> None:
    assert "".join(part for _, part in values(text)) == text
    once = readable_message(text)
    assert len(once) <= len(text) + 2
    readable_message(once)


@pytest.mark.parametrize("hostile", ["(" * 4_000, "[1.5, " * 700, "1.23456" * 600, "a." * 2_000])
def test_no_message_takes_long(hostile: str) -> None:
    began = time.process_time()
    readable_message(hostile)
    assert time.process_time() - began < 2  # milliseconds on an idle machine


def test_what_a_terminal_obeys_is_taken_out() -> None:
    assert printable("a\x1b[2Jb\n", also="\n") == "a[2Jb\n"
    assert printable("a\x07", instead="?") == "a?"
    assert shorten("abcdef", 4) == "abc\N{HORIZONTAL ELLIPSIS}"
    assert shorten("abcd", 4) == "abcd"
