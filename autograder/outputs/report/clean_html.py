"""HTML that a student's notebook made, cleaned to an allow-list; its formulas drawn afterwards."""

from __future__ import annotations

import html
import re

import nh3

from autograder.outputs.report.math_html import mathml

TAGS = {
    "a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre", "s",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
CLEANED_AWAY = {"script", "style", "iframe", "object", "svg", "math", "template"}
ATTRIBUTES = {
    "*": {"class", "style", "title"},
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
STYLES = {
    "background", "background-color", "border-radius", "color", "font-style", "font-weight",
    "padding", "text-align", "text-decoration",
}  # fmt: skip
# Classes of Pygments and of nbconvert; ours all begin with ag-, and a student's are dropped.
CLASS = re.compile(
    r"highlight|hl-[a-z0-9]+|ansi-[a-z-]+|[a-z][a-z0-9]{0,2}|dataframe"
    r"|(code_|text_)?cell|input|prompt|output(_area|_text|_stream|_stderr|_stdout)?"
    r"|tex-(inline|block)"
)
PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]*")
HEADING = re.compile(r"(</?)h([1-6])(?=[ >])")
FORMULA = re.compile(r'<code class="tex-(inline|block)">([^<]*)</code>')
"""Inside an attribute the quotes would be written as entities, so this only finds elements."""
TABLE_BOX = '<div class="ag-scroll" tabindex="0" role="group" aria-label="Table">'
PICTURE_WITHOUT_TEXT = re.compile(r"<img (?![^>]*\balt=)")


def sanitised(fragment: str) -> str:
    """Keep what is text, table and picture; drop the rest."""
    cleaned = nh3.clean(
        fragment,
        tags=TAGS,
        clean_content_tags=CLEANED_AWAY,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        filter_style_properties=STYLES,
        url_schemes={"http", "https", "mailto", "data"},
        url_relative="deny",
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
    )
    # A student's headings stand below the page's own, and every picture needs a text.
    lowered = HEADING.sub(lambda tag: f"{tag[1]}h{min(int(tag[2]) + 2, 6)}", cleaned)
    named = PICTURE_WITHOUT_TEXT.sub('<img alt="output of this cell" ', lowered)
    # A wide table scrolls within the page, by keyboard too.
    boxed = named.replace("<table", f"{TABLE_BOX}<table")
    return boxed.replace("</table>", "</table></div>")


def drawn(fragment: str) -> str:
    """The formulas of a clean fragment as MathML; one that cannot be read stays as it was typed."""
    return FORMULA.sub(_formula, fragment)


def _formula(found: re.Match[str]) -> str:
    return mathml(html.unescape(found[2]).strip(), found[1] == "block") or found[0]


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(part for part in value.split() if CLASS.fullmatch(part)) or None
    if name == "src":
        return value if PICTURE.fullmatch(value) else None
    if name == "href":
        return value if value.lower().startswith(("http:", "https:", "mailto:")) else None
    if name == "style":
        return None if "url" in value.lower() or "\\" in value else value
    return value
