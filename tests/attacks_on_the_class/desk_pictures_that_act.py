"""
intent: Put scripts into SVG, data addresses, objects and sources of pictures.
outcome: Pictures are PNG, JPEG or GIF within the notebook; a data address is no link.
"""

from tests import fakes
from tests.class_attacks import Told, desk_pages

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" onload="pwned()"><script>pwned()</script>'
    '<a href="javascript:pwned()"><text>x</text></a><use href="//pwned.example/#x"/>'
    '<animate attributeName="href" values="javascript:pwned()"/>'
    "<foreignObject><iframe srcdoc='pwned'></iframe></foreignObject></svg>"
)
LINKS = (
    '<a href="data:text/html,<script>pwned()</script>">page</a>'
    '<a href="DATA:text/html;base64,cHduZWQ=">page</a><a href="vbscript:pwned()">page</a>'
    '<img src="data:image/svg+xml,<svg onload=pwned()>"><img srcset="//pwned.example 2x">'
    '<object data="data:text/html,pwned"></object><embed src="data:text/html,pwned">'
    '<video poster="//pwned.example" src="//pwned"></video><picture><source srcset="//pwned">'
)


def upload() -> dict[str, bytes]:
    outputs = [
        {"output_type": "display_data", "metadata": {}, "data": {kind: text}}
        for text in (SVG, LINKS) for kind in ("image/svg+xml", "text/html", "text/markdown")
    ]  # fmt: skip
    cells = [
        {"cell_type": "markdown", "source": f"{text}\n\n[x](data:text/html,pwned)", "metadata": {}}
        for text in (SVG, LINKS)
    ]
    cells.append({"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1,
                  "outputs": outputs})  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


def check(told: Told) -> None:
    for path, page in desk_pages(told.out).items():
        if path.startswith("/notebook/"):
            assert 'href="data:' not in page.casefold()
            assert "<svg" not in page
