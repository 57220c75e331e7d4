"""A rulebook as a table, and two of them compared."""

from __future__ import annotations

from pathlib import Path

from cfspace.rulebooks import compare_rulebooks, load_rulebook, rulebook_table
from cfspace.rulebooks.page import rulebook_page


def test_the_table_has_a_row_per_indicator_in_either_language() -> None:
    book = load_rulebook("jilin-2022")
    english, chinese = rulebook_table(book, "en").set_index("id"), rulebook_table(book, "zh").set_index("id")
    assert list(english.index) == [rule.id for rule in book.indicator]
    assert english.loc["SCH-1", "thresholds"] == "primary_school: 500-1000 m"
    assert english.loc["PRK-4", "thresholds"].startswith("playground: 100 m (ages 0-5); ")
    assert english.loc["LIB-1", "thresholds"] == "library: 1000 m; bookcase: 1000 m (credit 0.5)"
    assert chinese.loc["SCH-1", "title"] == "小学步行覆盖率"
    assert english.loc["SCH-1", "who"] == "6_11"
    assert not english.loc["PRK-6", "scored"]


def test_a_change_is_told_with_what_it_was_and_is() -> None:
    before = load_rulebook("sdg-who")
    stricter = before.indicator[0].model_copy(update={"full_m": 300.0})
    after = before.model_copy(update={"version": "2.0", "indicator": (stricter, *before.indicator[2:])})
    assert compare_rulebooks(before, after).values.tolist() == [
        ["rulebook", "version", "1.0", "2.0"],
        ["indicator SDG-11-7-1", "full_m", "400", "300"],
        ["indicator SDG-11-2-1", "", "there", ""],
    ]


def test_the_page_in_the_docs_is_made_from_the_rulebook(project: Path) -> None:
    written = (project / "docs" / "rulebook.md").read_text(encoding="utf-8")
    assert written == rulebook_page(load_rulebook("jilin-2022")), "run scripts/rulebook_page.py"
