"""
intent: Put scripts into Markdown, outputs of every kind, errors, links, styles and metadata.
outcome: Pages are text and a short list of harmless tags; addresses are of the web or the page.
"""

from tests import fakes

EVIL = (
    "<script>pwned()</script>", "<img src=x onerror=pwned()>", "<svg onload=pwned()>",
    "<a href='javascript:pwned()'>x</a>", "[x](javascript:pwned())", "<iframe srcdoc='pwned'>",
    "<base href=//pwned.example>", "<style>*{background:url(//pwned)}</style>",
    "<form action=//pwned><input name=pwned>", "<a href='java\tscript:pwned()'>x</a>",
    "<math><mtext><table><mglyph><style><img src onerror=pwned()>",
    "<!--><img src onerror=pwned()>",
    "<noscript><p title='</noscript><img src onerror=pwned()>'>", "</div></main></body><h1>pwned",
    "<a href='&#106;avascript:pwned()'>x</a>", "$\\href{javascript:pwned()}{x}$",
    "<details open ontoggle=pwned()>", "</script><script>pwned()</script>",
    "<p id=pwned style=pwned>",
)  # fmt: skip
TYPES = ("text/html", "text/markdown", "text/latex", "image/svg+xml", "application/javascript",
         "application/json", "text/plain", "application/vnd.jupyter.widget-view+json")  # fmt: skip


def upload() -> dict[str, bytes]:
    cells: list[dict[str, object]] = []
    for text in EVIL:
        outputs: list[dict[str, object]] = [
            {"output_type": "display_data", "metadata": {"x": text}, "data": {kind: text}}
            for kind in TYPES
        ]
        outputs += [
            {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
            {"output_type": "stream", "name": text, "text": text},
        ]
        cells += [
            {"cell_type": "markdown", "source": text, "metadata": {"tags": [text]}},
            {"cell_type": "raw", "source": text, "metadata": {"format": text}},
            {"cell_type": "code", "source": text, "metadata": {}, "execution_count": text,
             "outputs": outputs},
        ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


SECONDS = 8.0
