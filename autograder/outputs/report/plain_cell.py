"""A student's cell in a known shape, whatever the file held: text, pictures, and nothing else."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import unquote

MAX_TEXT = 20_000
MAX_PICTURE = 3_000_000
MAX_OUTPUTS = 200
"""Outputs of one cell; a page shows what people read."""
MAX_ATTACHMENTS = 50
PICTURES = ("image/png", "image/jpeg", "image/gif")
TEXTS = {
    "text/html": "text/html",
    "text/markdown": "text/markdown",
    "text/latex": "text/markdown",
    "text/plain": "text/plain",
}
"""What an output may be besides a picture, best first, and what it is shown as: the Markdown
renderer is the one that draws formulas."""
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_CODE = r"(?:[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3}|(?!0*[34]8)\d{0,3})"
ESCAPE = re.compile(
    rf"(?P<colour>\x1b\[{_CODE}(?:;{_CODE})*m)"
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[^\[\]])?"
)
"""Colours that nbconvert can read (it fails on others), and everything else that a terminal obeys:
moving the cursor, titles, links, half a code at the end."""
ATTACHED = re.compile(r'<img [^<>]*?\bsrc="attachment:(?P<name>[^"<>]*)"[^<>]*>')


def plain_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell that holds only what the page shows.

    Args:
        cell: a cell as ``parse_notebook`` gives it.
    """
    plain: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "source": shortened(text_of(cell["source"])),
        "metadata": {},
    }
    if cell["cell_type"] == "code":
        outputs = [_plain_output(output) for output in cell["outputs"][:MAX_OUTPUTS]]
        plain["outputs"] = [output for output in outputs if output is not None]
        if (left_out := len(cell["outputs"]) - MAX_OUTPUTS) > 0:
            plain["outputs"].append(_stream(f"[{left_out:,} more outputs left out]", ""))
        # The page shows no prompts, so what the file says of the order is not needed.
        plain["execution_count"] = None
    elif pictures := _attachments(cell.get("attachments")):
        plain["attachments"] = pictures
    return plain


def with_attachments(fragment: str, pictures: dict[str, str]) -> str:
    """Put attached pictures where the Markdown names them, and a line where one is missing.

    Args:
        fragment: HTML made from Markdown, not yet cleaned.
        pictures: name of an attachment to its ``data:`` address.
    """

    def picture(found: re.Match[str]) -> str:
        name = html.unescape(found["name"])
        address = pictures.get(name) or pictures.get(unquote(name))
        if address is None:
            return f"<em>[the picture {html.escape(unquote(name))} is not in this notebook]</em>"
        return found[0].replace(f"attachment:{found['name']}", address)

    return ATTACHED.sub(picture, fragment)


def _attachments(attachments: Any) -> dict[str, str]:
    if not isinstance(attachments, dict):
        return {}
    found: dict[str, str] = {}
    for name, data in list(attachments.items())[:MAX_ATTACHMENTS]:
        if isinstance(data, dict) and (known := _picture(data)):
            kind, picture = known
            found[text_of(name)] = f"data:{kind};base64,{picture}"
    return found


def _picture(data: dict[str, Any]) -> tuple[str, str] | None:
    for kind in PICTURES:
        picture = "".join(text_of(data.get(kind)).split())
        if len(picture) <= MAX_PICTURE and BASE64.fullmatch(picture):
            return kind, picture
    return None


def _plain_output(output: Any) -> dict[str, Any] | None:
    if not isinstance(output, dict):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        return _stream(text_of(output.get("text")), str(output.get("name", "stdout")))
    if kind == "error":
        lines = output.get("traceback")
        shown = lines if isinstance(lines, list) and lines else [text_of(output.get("evalue"))]
        return _stream("\n".join(map(text_of, shown)), "stderr")
    data = output.get("data")
    if kind not in ("display_data", "execute_result") or not isinstance(data, dict):
        return None
    return {"output_type": "display_data", "metadata": {}, "data": _best(data)}


def _best(data: dict[str, Any]) -> dict[str, str]:
    """The picture, else the table, else the text; never a script, a widget or a drawing."""
    if known := _picture(data):
        return dict([known])
    for kind, shown_as in TEXTS.items():
        if text := text_of(data.get(kind)):
            plain = terminal_text(text) if kind == "text/plain" else text
            return {shown_as: shortened(plain)}
    return {"text/plain": "[an output that this page does not show]"}


def _stream(text: str, name: str) -> dict[str, Any]:
    known = "stderr" if name == "stderr" else "stdout"
    return {"output_type": "stream", "name": known, "text": terminal_text(shortened(text))}


def terminal_text(text: str) -> str:
    """What a terminal shows in the end: colours stay, the other codes and control characters go.

    Of a line that was written over (a progress bar), the last state stays.
    """
    coloured = ESCAPE.sub(lambda found: found["colour"] or "", text)
    lines = (line.rstrip("\r").rpartition("\r")[2] for line in coloured.split("\n"))
    return "".join(one for one in "\n".join(lines) if one >= " " or one in "\n\t\x1b")


def text_of(value: Any) -> str:
    """Text that can be stored and shown; Jupyter writes it whole or as a list of lines."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def shortened(text: str) -> str:
    """The beginning of a long text, and how much is left out."""
    if len(text) <= MAX_TEXT:
        return text
    return f"{text[:MAX_TEXT]}\n[{len(text) - MAX_TEXT:,} more characters left out]"
