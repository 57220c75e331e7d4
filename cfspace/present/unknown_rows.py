"""What the report does not know, and how much of that its first two pages have room for."""

from __future__ import annotations

import math
from typing import Any

from cfspace.present.messages import Catalogue
from cfspace.present.sheets import text_width
from cfspace.present.standing import IndicatorStanding

UNKNOWN_LINES = 20.0
"""Lines of what is not known that the first two pages have room for; all of them follow at the end."""

REASON_WIDTH, SILENT_WIDTH, BETWEEN_ROWS = 44, 68, 0.4
"""Letters in a line of that table's two columns, Chinese ones counting twice, and lines between its rows."""


def unknown_rows(rows: list[IndicatorStanding], say: Catalogue) -> list[dict[str, Any]]:
    """Return what is missing and which indicators stay silent for it, most of them first."""
    silent: dict[str, list[str]] = {}
    for row in rows:
        n, total = row.statuses["no_data"], sum(row.statuses.values())
        where = "" if n == total else f" ({say('report.unknown_units', n=n)})"
        reason = say("list").join(row.reasons[:2]) or say("status.no_data")
        silent.setdefault(reason, []).append(f"{row.indicator} {row.title}{where}")
    order = sorted(silent, key=lambda reason: -len(silent[reason]))
    return [{"reason": reason, "indicators": silent[reason]} for reason in order]


def rows_with_room(rows: list[dict[str, Any]], say: Catalogue) -> int:
    """Return how many rows of what is missing the first two pages have room for; the first always stays."""
    taken = 0.0
    for n, row in enumerate(rows):
        silent = say("list").join(row["indicators"])
        lines = max(text_width(row["reason"]) / REASON_WIDTH, text_width(silent) / SILENT_WIDTH)
        taken += math.ceil(lines) + BETWEEN_ROWS
        if n and taken > UNKNOWN_LINES:
            return n
    return len(rows)
