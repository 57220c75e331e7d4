"""Shipped rulebooks, and what can be asked of any rulebook."""

from cfspace.rulebooks.loading import load_rulebook, read_rulebook, rulebook_text, shipped_rulebooks
from cfspace.rulebooks.tables import compare_rulebooks, rulebook_table
from cfspace.rulebooks.targets import TargetMatch, match_target

__all__ = [
    "TargetMatch",
    "compare_rulebooks",
    "load_rulebook",
    "match_target",
    "read_rulebook",
    "rulebook_table",
    "rulebook_text",
    "shipped_rulebooks",
]
