"""A page of the report for each task: its indicators, a ladder of units and a map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cfspace.present import figures
from cfspace.present.choropleth import STATUSES, page_cautions, unit_status
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData
from cfspace.present.standing import IndicatorStanding, TaskStanding, level_to_show
from cfspace.present.standing_rows import credit_line, standing_row
from cfspace.present.wording import interval_text, value_text

MOST_BARS = 24
"""Bars in a ladder of units; with more units the lowest scores stay."""


def task_page(
    run: RunData, say: Catalogue, task: TaskStanding, standings: list[IndicatorStanding]
) -> dict[str, Any]:
    """Return what the page of a task holds."""
    from markupsafe import Markup

    mine = [row for row in standings if row.task == task.task]
    map_level = level_to_show(run, task.task)
    ladder_level = level_to_show(run, task.task, most_units=MOST_BARS)
    cautions = page_cautions(run, say)
    n_units = len(run.units[ladder_level])
    return {
        "id": task.task,
        "name": task.name,
        "row": standing_row(task, standings, say),
        "credit": credit_line(run, say, mine),
        "cut": say("report.ladder_cut", n=MOST_BARS, total=n_units) if n_units > MOST_BARS else "",
        "indicators": [_indicator_row(row, mine, cautions, say) for row in mine if row.is_headline],
        "ladder": Markup(_ladder(run, say, task, ladder_level)),
        "map": Markup(map_of_scores(run, say, task, map_level)),
        "map_level": say(f"level.{map_level}"),
        "ladder_level": say(f"level.{ladder_level}"),
    }


def _indicator_row(
    row: IndicatorStanding, mine: list[IndicatorStanding], cautions: dict[str, str], say: Catalogue
) -> dict[str, Any]:
    sign = "≤ " if row.is_less_better else "≥ "
    told = say("list").join(
        f"{say(f'status.{s}')} {row.statuses[s]}" for s in STATUSES if row.statuses.get(s)
    )
    parts = [part for part in mine if part.indicator == row.indicator and not part.is_headline]
    bands = [
        f"{part.band} {value_text(say, part.value, part.value_unit)}"
        for part in parts
        if np.isfinite(part.value)
    ]
    return {
        "id": row.indicator,
        "title": row.title,
        "meaning": row.meaning,
        "band": row.band,
        "bands": say("list").join(bands),
        "value": value_text(say, row.value, row.value_unit),
        "interval": interval_text(say, row.low, row.high, row.value_unit),
        "goal": sign + value_text(say, row.goal, row.value_unit)
        if np.isfinite(row.goal)
        else say("report.none"),
        "scored": row.is_scored,
        "status": "" if set(row.statuses) <= {"ok"} else told,
        "caution": cautions.get(row.indicator, ""),
        "hatched": not row.statuses.get("ok") and not row.statuses.get("few_children"),
        "evidence": row.evidence,
        "confidence": row.confidence,
        "source": row.source,
    }


def _ladder(run: RunData, say: Catalogue, task: TaskStanding, level: str) -> str:
    column = f"task_{task.task}"
    table = run.scores[run.scores["unit_level"] == level]
    if table[column].isna().all():
        return ""
    # Best on top; where there are too many, the lowest ones stay.
    table = table.sort_values([column, "unit_id"], ascending=[False, True], kind="stable")
    scored = table[table[column].notna()].tail(MOST_BARS)
    table = pd.concat([scored, table[table[column].isna()]]).head(MOST_BARS)
    why = [
        say(f"map.short_{unit_status(run, level, unit, task.task)}") if pd.isna(score) else ""
        for unit, score in zip(table["unit_id"], table[column], strict=True)
    ]
    title = say("report.figure_ladder", task=task.name)
    scores = [float(v) for v in table[column]]
    return figures.ladder(list(table["unit_name"]), scores, title=title, name=f"ladder-{task.task}", why=why)


def map_of_scores(run: RunData, say: Catalogue, task: TaskStanding, level: str) -> str:
    """Return a map of the units of a level by their score, as SVG."""
    units = run.units[level]
    column = "overall" if task.task == "overall" else f"task_{task.task}"
    by_id = run.scores[run.scores["unit_level"] == level].set_index("unit_id")[column]
    scores = [float(by_id.get(code, np.nan)) for code in units["unit_id"]]
    title = say("report.figure_map", task=task.name)
    return figures.score_map(units, scores, title=title, name=f"map-{task.task}")
