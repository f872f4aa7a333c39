"""A student's notebook as HTML in which nothing can run and nothing can be fetched.

Three fences, each enough by itself: only known cells, outputs and text or pictures are handed to
nbconvert; what it makes is cleaned by nh3 to an allow-list; the page's content security policy
forbids scripts and every address. Formulas pass the cleaning as code and are drawn after it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import nh3

from autograder.errors import UnreadableNotebook
from autograder.intake.notebook import parse_notebook
from autograder.outputs.report.math_html import mathml

MAX_TEXT = 20_000
MAX_PICTURE = 3_000_000
REMEMBERED_BYTES = 20_000
PICTURES = ("image/png", "image/jpeg")
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
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
"""What only IPython reads: magics, shell commands and questions."""
FORMULA = re.compile(r'<code class="tex-(inline|block)">([^<]*)</code>')
"""Inside an attribute the quotes would be written as entities, so this only finds elements."""
TABLE_BOX = '<div class="ag-scroll" tabindex="0" role="group" aria-label="Table">'
PICTURE_WITHOUT_TEXT = re.compile(r"<img (?![^>]*\balt=)")


def notebook_html(raw: bytes, exercises: Mapping[str, str]) -> tuple[str, set[str]]:
    """The notebook's cells as a harmless HTML fragment, and the exercises that have a section.

    Args:
        raw: the notebook file.
        exercises: id of a released cell to its exercise. An exercise's section has the HTML id
            ``notebook-<exercise>``.
    """
    try:
        notebook = parse_notebook(raw)
    except UnreadableNotebook as error:
        return f"<p>This file {html.escape(str(error))}.</p>", set()
    found = dict(_sections(notebook["cells"], exercises))
    return "".join(_section(exercise, cells) for exercise, cells in found.items()), found.keys() - {
        ""
    }


def _section(exercise: str, cells: list[dict[str, Any]]) -> str:
    begin = f'<section id="notebook-{html.escape(exercise)}">' if exercise else "<section>"
    return f"{begin}\n{''.join(map(_cell, cells))}</section>\n"


def _cell(cell: dict[str, Any]) -> str:
    """Convert and clean a cell by itself: what is left open in one does not swallow the next."""
    encoded = json.dumps(_plain_cell(cell))
    return (_remembered if len(encoded) <= REMEMBERED_BYTES else _rendered)(encoded)


def _rendered(encoded: str) -> str:
    return drawn(sanitised(_convert(json.loads(encoded))))


# Most cells are the released ones, the same in every notebook of the class.
_remembered = lru_cache(maxsize=2_000)(_rendered)


def _sections(
    cells: list[dict[str, Any]], exercises: Mapping[str, str]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The cells cut where an exercise begins, each part with the exercise's name or none."""
    part: list[dict[str, Any]] = []
    current, seen = "", {""}
    for cell in cells:
        known = cell.get("id")
        exercise = exercises.get(known, "") if isinstance(known, str) else ""
        if exercise not in seen:
            if part:
                yield current, part
            seen.add(exercise)
            current, part = exercise, []
        part.append(cell)
    yield current, part


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


def _convert(cell: dict[str, Any]) -> str:
    from nbformat import from_dict

    plain = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]}
    body, _ = _exporter().from_notebook_node(from_dict(plain))
    return str(body)


@cache
def _exporter() -> Any:
    """nbconvert's HTML exporter without its two slow passes over the result.

    It would clean outputs with bleach and parse the page once more to add alternative texts: 0.2 s
    a notebook. nh3 does the first for the whole page.
    """
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.highlight import Highlight2HTML

    class Quick(HTMLExporter):
        def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> Any:
            return TemplateExporter.from_notebook_node(self, nb, resources, **options)

    highlight = Highlight2HTML()

    def highlight_code(source: str, metadata: Any = None) -> str:
        # Plain Python takes half the time, and an answer is the one cell that is new each time.
        return str(highlight(source, "ipython3" if MAGIC.search(source) else "python3"))

    filters = {
        "clean_html": lambda html: html,
        "highlight_code": highlight_code,
        "markdown2html": _markdown_renderer(),
    }
    make: Any = Quick
    return make(template_name="basic", filters=filters, exclude_anchor_links=True)


def _markdown_renderer() -> Callable[[str], str]:
    """nbconvert's markdown, with formulas marked for ``drawn``."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    class Renderer(IPythonRenderer):
        def inline_math(self, body: str) -> str:
            return f'<code class="tex-inline">{html.escape(body)}</code>'

        def block_math(self, body: str) -> str:
            return f'<code class="tex-block">{html.escape(body)}</code>'

        def latex_environment(self, name: str, body: str) -> str:
            return self.block_math(f"\\begin{{{name}}}{body}\\end{{{name}}}")

    render = MarkdownWithMath(Renderer(escape=False, exclude_anchor_links=True)).render
    return lambda source: str(render(source))


def _plain_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell of known shape, whatever the file held."""
    plain: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "source": _shortened(cell["source"]),
        "metadata": {},
    }
    if cell["cell_type"] == "code":
        count = cell.get("execution_count")
        plain["execution_count"] = count if isinstance(count, int) else None
        outputs = [_plain_output(output) for output in cell["outputs"]]
        plain["outputs"] = [output for output in outputs if output is not None]
    return plain


def _plain_output(output: Any) -> dict[str, Any] | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        return _stream(_text(output.get("text")), str(output.get("name", "stdout")))
    if kind == "error":
        lines = output.get("traceback")
        shown = lines if isinstance(lines, list) and lines else [_text(output.get("evalue"))]
        return _stream("\n".join(map(_text, shown)), "stderr")
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    return {"output_type": "display_data", "metadata": {}, "data": _best(data)}


def _best(data: dict[str, Any]) -> dict[str, str]:
    """The picture, else the table, else the text; never a script, a widget or a drawing."""
    for kind in PICTURES:
        picture = "".join(_text(data.get(kind)).split())
        if picture and len(picture) <= MAX_PICTURE:
            return {kind: picture}
    for kind in ("text/html", "text/plain"):
        if text := _text(data.get(kind)):
            return {kind: _shortened(text)}
    return {"text/plain": "[an output that this page does not show]"}


def _stream(text: str, name: str) -> dict[str, Any]:
    known = "stderr" if name == "stderr" else "stdout"
    return {"output_type": "stream", "name": known, "text": _shortened(text)}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _shortened(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}\n[{len(text) - MAX_TEXT:,} more characters left out]"
