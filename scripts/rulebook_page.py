"""Write docs/rulebook.md from the shipped rulebook."""

from __future__ import annotations

from pathlib import Path

from cfspace.rulebooks import load_rulebook
from cfspace.rulebooks.page import rulebook_page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rulebook.md"


def main() -> None:
    """Write the page."""
    PAGE.write_text(rulebook_page(load_rulebook("jilin-2022")), encoding="utf-8", newline="\n")
    print(PAGE)


if __name__ == "__main__":
    main()
