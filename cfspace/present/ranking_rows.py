"""Units in the report: those with the lowest scores, and a ranking of each level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cfspace.present import figures
from cfspace.present.messages import Catalogue
from cfspace.present.palettes import GOOD, SCORE_BREAKS
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import ranks_of
from cfspace.present.standing import finest_level, weighted_scores
from cfspace.present.wording import number


def worst_units(run: RunData, say: Catalogue, *, n: int = 8) -> list[dict[str, Any]]:
    """Return the units with the lowest overall score at the finest level."""
    level = finest_level(run)
    table = weighted_scores(run, level)
    table = table[table["overall"].notna()].sort_values(["overall", "unit_id"], kind="stable").head(n)
    ranks = ranks_of(run, level)
    return [
        {
            "name": row.unit_name,
            "level": say(f"level.{level}"),
            "overall": row.overall,
            "range": _range(ranks, str(row.unit_id), "overall", say),
            "chance": _sure(ranks, str(row.unit_id), "worst_quarter_chance"),
            "children": row.children,
            "data": row.data_share,
        }
        for row in table.itertuples()
    ]


def _sure(ranks: pd.DataFrame, unit_id: str, column: str) -> float:
    """Return a figure of ``ranks.csv``, NaN where it is not told."""
    if unit_id not in ranks.index:
        return float("nan")
    return float(ranks[column].astype("float64")[unit_id])


def _range(ranks: pd.DataFrame, unit_id: str, what: str, say: Catalogue) -> str:
    """Return the range of an overall score or a rank in words, empty where it is not told."""
    low, high = _sure(ranks, unit_id, f"{what}_low"), _sure(ranks, unit_id, f"{what}_high")
    if not np.isfinite(low) or low == high:
        return ""
    return f"{number(say, low)}–{number(say, high)}"


def ranking(run: RunData, say: Catalogue, level: str) -> dict[str, Any]:
    """Return the units of a level in order of their rank, with their scores and the range of the rank."""
    ranks = ranks_of(run, level)
    table = weighted_scores(run, level).sort_values(["rank", "unit_id"], na_position="last", kind="stable")
    rows = []
    for row in table.itertuples():
        cells = [getattr(row, f"task_{task}") for task in run.tasks]
        scores = [_cell(value, say) for value in (row.overall, *cells)]
        rows.append({"row": row, "scores": scores, "ranks": _range(ranks, str(row.unit_id), "rank", say)})
    return {"name": say(f"level.{level}"), "rows": rows, "tasks": [*run.tasks]}


def score_key(say: Catalogue) -> list[tuple[str, str]]:
    """Return colour and wording of each class of scores; no colour for what is hatched."""
    edges = [0, *(round(edge) for edge in SCORE_BREAKS), 100]
    classes = [
        (colour, f"{low}–{high}") for colour, low, high in zip(GOOD, edges[:-1], edges[1:], strict=True)
    ]
    return [*classes, ("", say("report.no_score"))]


def _cell(score: float, say: Catalogue) -> dict[str, Any]:
    has = bool(np.isfinite(score))
    colour = figures.score_colour(score) if has else ""
    return {"has": has, "text": number(say, score), "colour": colour, "dark": colour in GOOD[3:]}
