"""
intent: Lead the page, its addresses and its looks elsewhere by a refresh, a base and links.
outcome: None of these is on the list of tags, and the policy allows no base and no address.
"""

from tests import fakes

HEAD = (
    '<meta http-equiv="refresh" content="0;url=https://pwned.example">'
    '<base href="https://pwned.example/" target="pwned"><title>pwned</title>'
    '<link rel="stylesheet" href="https://pwned.example/x.css"><link rel="prefetch" href="//pwned">'
    '<meta http-equiv="Content-Security-Policy" content="script-src pwned">'
    '<frameset onload="pwned()"><frame src="//pwned.example"></frameset>'
)


def upload() -> dict[str, bytes]:
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": HEAD}}
    cells = [
        {"cell_type": "markdown", "source": HEAD, "metadata": {}},
        {"cell_type": "code", "source": HEAD, "metadata": {}, "execution_count": 1,
         "outputs": [output]},
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}
