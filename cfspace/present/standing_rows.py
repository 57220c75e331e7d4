"""What the report says of a standing: a row of its tables, and what its figures rest on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from cfspace.present import figures
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData
from cfspace.present.standing import GOAL_STATES, IndicatorStanding, TaskStanding, against_goal
from cfspace.present.wording import date_text, number

ALL_VARIED = 0.9999
"""Above this share of the weight, every indicator of a score has a range."""


def credit_line(run: RunData, say: Catalogue, rows: list[IndicatorStanding]) -> str:
    """Return what figures rest on: sources of the data, its date, and how far the norms were verified."""
    none = say("evidence.none")
    known = dict.fromkeys(row.evidence for row in rows if row.evidence not in ("", none))
    data = say("list").join(known) or none
    norms = say("list").join(dict.fromkeys(row.confidence for row in rows if row.is_scored))
    date = date_text(say, str(run.study.get("snapshot", "")))
    return say("report.credit", data=data, date=date, norms=norms or "–")


def standing_row(row: TaskStanding, standings: list[IndicatorStanding], say: Catalogue) -> dict[str, Any]:
    """Return how a task, or all of them, stands: score, spread, range, bar and goals."""
    from markupsafe import Markup

    spread = f"{number(say, row.lowest)}–{number(say, row.highest)}"
    title = f"{row.name}: {number(say, row.score, digits=1)} ({spread})"
    bar = figures.spread_bar(row.score, row.lowest, row.highest, title=title)
    has = np.isfinite(row.score)
    return {
        "name": row.name,
        "score": number(say, row.score, digits=1) if has else say("report.no_score"),
        "has_score": has,
        "spread": spread if has else "",
        "range": score_range(row, say),
        "bar": Markup(bar),
        "n": f"{row.n_scored} / {row.n_units}",
        "goals": _goals([one for one in standings if row.task in ("overall", one.task)], say),
    }


def score_range(row: TaskStanding, say: Catalogue) -> str:
    """Return in which range a score lies; a star where some of its indicators have no range.

    A dash stands where none has, and nothing where there is no score.
    """
    if not np.isfinite(row.score):
        return ""
    if not np.isfinite(row.low):
        return "–"
    star = "" if row.varied_share > ALL_VARIED else " *"
    return f"{number(say, row.low, digits=1)}–{number(say, row.high, digits=1)}{star}"


def _goals(rows: list[IndicatorStanding], say: Catalogue) -> str:
    """Return how many of the scored indicators have reached their goal, surely or not, and how many not."""
    counts = Counter(against_goal(row) for row in rows if row.is_headline and row.is_scored)
    told = [say(f"goal.{name}", n=counts[name]) for name in GOAL_STATES if counts[name]]
    return say("list").join(told)
