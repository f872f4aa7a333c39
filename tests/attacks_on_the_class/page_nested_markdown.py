"""
intent: Nest quotes, lists, brackets, emphasis and HTML in Markdown, which some parsers never end.
outcome: A cell that takes too long or is too deep is shown as its text; the others come out.
"""

from tests import fakes

NESTED = ("> " * 5_000, "* " * 5_000, "[" * 20_000, "![" * 10_000, "*a " * 20_000, "`" * 20_001,
          "<div>" * 5_000, "<!--" * 5_000, "<" * 20_000, "|a" * 5_000 + "\n" + "|-" * 5_000,
          "$" * 20_001, "\\begin{x}" * 5_000, "a\n" * 20_000 + "===", "[a]: b\n" * 10_000,
          "&#" * 10_000, "**" * 20_000, "_" * 20_001, "~~a" * 10_000, "[a](<" * 9_000)  # fmt: skip
SECONDS = 40.0


def upload() -> dict[str, bytes]:
    cells = [{"cell_type": "markdown", "source": text, "metadata": {}} for text in NESTED]
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}
