"""
intent: Give one's Markdown and outputs the attributes by which htmx and the desk's script act.
outcome: They are taken out, and a notebook's page has no script that would look for them.
"""

from tests import fakes

BOX = (
    '<div hx-get="/pwned" hx-trigger="load" hx-on:click="pwned()" data-hx-post="/pwned">a</div>'
    '<a data-key="u" href="/pwned" hx-boost="pwned">b</a><p data-live="/pwned" is="pwned">c</p>'
    '<button data-key="m" hx-delete="/pwned" formaction="/pwned">d</button>'
)


def upload() -> dict[str, bytes]:
    output = {"output_type": "execute_result", "metadata": {}, "execution_count": 1,
              "data": {"text/html": BOX, "text/markdown": BOX}}  # fmt: skip
    cells = [
        {"cell_type": "markdown", "source": BOX, "metadata": {}},
        {"cell_type": "code", "source": BOX, "metadata": {}, "execution_count": 1,
         "outputs": [output]},
    ]  # fmt: skip
    return {"lab.ipynb": fakes.notebook("pass # mallory", cells=cells)}
