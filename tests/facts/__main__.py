"""``python -m tests.facts``: write docs/facts.md."""

from __future__ import annotations

from tests.facts.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE}")
