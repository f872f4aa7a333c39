"""Formulas as MathML: browsers draw it without a script, a font or an address.

The formulas are students' text. The library that reads TeX hands some of it through as markup, so
its tree is written out here: known elements, known attributes, and text that is always escaped.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from xml.etree.ElementTree import Element

MAX_TEX = 1_000
"""Longer than any formula that people read."""
ELEMENTS = {
    "math", "menclose", "mfrac", "mi", "mn", "mo", "mover", "mpadded", "mphantom", "mroot", "mrow",
    "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover",
}  # fmt: skip
ATTRIBUTES = {
    "accent", "columnalign", "columnlines", "columnspacing", "display", "displaystyle", "fence",
    "form", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator",
    "stretchy", "symmetric",
}  # fmt: skip
SPACE = re.compile(r"-?\d?(\.\d+)?em")
"""Widths of spaces that TeX has commands for; a student's own could push text off the page."""


@lru_cache(maxsize=2_000)
def mathml(tex: str, block: bool) -> str | None:
    """A formula as MathML, or None where it cannot be read."""
    from latex2mathml.converter import convert_to_element

    if len(tex) > MAX_TEX:
        return None
    try:
        return written(convert_to_element(tex, display="block" if block else "inline"))
    except (
        Exception
    ):  # A student's formula may be anything, and so may what the parser makes of it.
        return None


def written(element: Element) -> str:
    """The tree as markup in which only known elements and attributes remain."""
    children = "".join(map(written, element))
    if element.tag not in ELEMENTS:
        return children or html.escape(html.unescape(element.text or ""))
    attributes = "".join(
        f' {name}="{html.escape(html.unescape(value))}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES or (name == "width" and SPACE.fullmatch(value))
    )
    text = html.escape(html.unescape(element.text or ""))
    return f"<{element.tag}{attributes}>{text}{children}</{element.tag}>"
