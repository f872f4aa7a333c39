"""
intent: Nest quotes, lists, brackets, emphasis and HTML in Markdown, which some parsers never end.
outcome: A cell that takes too long or is too deep is shown as its text; the others come out.
"""

from tests import fakes

NESTED = ("> " * 1_000, "* " * 1_000, "[" * 4_000, "![" * 2_000, "*a " * 4_000, "`" * 4_001,
          "<div>" * 1_000, "<!--" * 1_000, "<" * 4_000, "|a" * 1_000 + "\n" + "|-" * 1_000,
          "$" * 4_001, "\\begin{x}" * 1_000, "a\n" * 4_000 + "===", "[a]: b\n" * 2_000,
          "&#" * 2_000, "**" * 4_000, "_" * 4_001, "~~a" * 2_000, "[a](<" * 2_000)  # fmt: skip
SECONDS = 15.0


def upload() -> dict[str, bytes]:
    cells = [{"cell_type": "markdown", "source": text, "metadata": {}} for text in NESTED]
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}
