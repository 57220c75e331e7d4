"""``statement.html``: the child impact statement of a plan, two A4 pages for paper and screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cfspace.planning.compare import ANY
from cfspace.present.impact import (
    SMALLEST_CHANGE,
    Impact,
    edit_text,
    indicator_title,
    moved_indicators,
    read_impact,
)
from cfspace.present.maps import about_lines, licence_lines, subtitle
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import page_file, refuse_outside
from cfspace.present.standing import finest_level, top_level
from cfspace.present.templates import sheet_template
from cfspace.present.wording import band_label, number, percent

MOST_ROWS = 9
MOST_EDITS = 12
MOST_UNITS = 8


def draw_statement(folder: Path, *, lang: str) -> str:
    """Return the child impact statement of a finished scenario.

    Parameters
    ----------
    folder
        Folder that ``cfspace scenario`` wrote.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    The page. The same scenario gives the same text.

    Raises
    ------
    RunError
        If the folder is not a scenario.
    ParameterError
        If `lang` is unknown.
    OutsideAddressError
        If the page would ask a host for something.
    """
    from markupsafe import Markup

    say = catalogue(lang)
    impact = read_impact(folder)
    content = _content(impact, say) | {
        "say": say,
        "lang": say.tag,
        "css": Markup(page_file("report.css") + page_file("statement.css")),
    }
    filters: dict[str, Callable[[Any], str]] = {
        "count": lambda value: number(say, float(value)),
        "some": lambda value: _some(say, float(value)),
        "share": lambda value: percent(say, float(value), digits=1),
        "score": lambda value: number(say, float(value), digits=1),
    }
    html = sheet_template("statement.html.j2", filters=filters).render(content)
    refuse_outside(html, page="statement.html")
    return html


def _some(say: Catalogue, value: float) -> str:
    """Return a count, nothing where there is none."""
    return number(say, value) if value >= SMALLEST_CHANGE else "–"


def _content(impact: Impact, say: Catalogue) -> dict[str, Any]:
    run, plan = impact.run, impact.plan
    level, fine = top_level(run), finest_level(run)
    totals = impact.totals()
    anybody = totals.loc[[ANY]].iloc[0].astype(float).to_dict() if ANY in totals.index else {}
    rows = _indicator_rows(impact, totals, say)
    edits = [edit_text(impact, edit, say) for edit in impact.edits]
    scores = impact.scores()
    return {
        "title": say("impact.title"),
        "plan_name": str(plan["name"]),
        "study": str(run.study.get("name", "")),
        "subtitle": subtitle(run, say, "report.subtitle"),
        "note": str(plan["content"]["plan"].get("note", "")),
        "edits": edits[:MOST_EDITS],
        "more_edits": max(0, len(edits) - MOST_EDITS),
        "who": say(f"impact.who_{run.weights_kind}"),
        "gaining": anybody.get("gaining", 0.0),
        "losing": anybody.get("losing", 0.0),
        "children": anybody.get("children", 0.0),
        "new_children": anybody.get("new_children", 0.0),
        "verdict": _verdict(rows, say),
        "rows": rows[:MOST_ROWS],
        "more_rows": max(0, len(rows) - MOST_ROWS),
        "ages": [
            {"name": band_label(say, str(band)), **_cells(row)} for band, row in impact.by_age().iterrows()
        ],
        "level": say(f"level.{level}"),
        "units": _unit_rows(impact, level, scores, most=MOST_UNITS),
        "fine": say(f"level.{fine}") if fine != level else "",
        "fine_units": [] if fine == level else _unit_rows(impact, fine, scores, most=MOST_UNITS),
        "fairness": _fairness_rows(impact, say, level),
        "consequences": [told[say.lang] for told in plan["consequences"]],
        "unknown": _unknown(impact, say),
        "about": about_lines(run, say),
        "licences": licence_lines(run)[:3],
    }


def _indicator_rows(impact: Impact, totals: pd.DataFrame, say: Catalogue) -> list[dict[str, Any]]:
    """Return the coverages in which anybody's walk changes, those of most children first."""
    return [
        {
            "name": indicator_title(impact, str(indicator), say),
            "id": indicator,
            "before": _over(row["served_before"], row["children"]),
            "after": _over(row["served_after"], row["children"]),
            "minutes": row["metres_saved"] / row["nearer"] if row["nearer"] > 0 else np.nan,
            **_cells(row),
        }
        for indicator, row in moved_indicators(totals).iterrows()
    ]


def _over(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")


def _verdict(rows: list[dict[str, Any]], say: Catalogue) -> str:
    better = sum(row["gaining"] - row["losing"] >= SMALLEST_CHANGE for row in rows)
    worse = sum(row["losing"] - row["gaining"] >= SMALLEST_CHANGE for row in rows)
    return say("impact.verdict", better=better, worse=worse)


def _unit_rows(impact: Impact, level: str, scores: pd.DataFrame, *, most: int) -> list[dict[str, Any]]:
    """Return the units that change most: children who gain or lose, then the overall score."""
    units = impact.by_unit(level).merge(
        scores[scores["unit_level"] == level][["unit_id", "overall_before", "overall_after"]],
        on="unit_id",
        how="left",
    )
    change = (units["overall_after"] - units["overall_before"]).fillna(0.0)
    moved = units.assign(change=change, size=units["gaining"] + units["losing"])
    moved = moved[(moved["size"] >= SMALLEST_CHANGE) | (moved["change"].abs() >= 0.05)]
    order = [-moved["size"], -moved["change"].abs(), moved["unit_id"]]
    picked = moved.iloc[np.lexsort([np.asarray(one) for one in order[::-1]])].head(most)
    return [_cells(row) for _, row in picked.iterrows()]


def _cells(row: pd.Series) -> dict[str, Any]:
    return {str(key): value for key, value in row.items()}


def _fairness_rows(impact: Impact, say: Catalogue, level: str) -> list[dict[str, Any]]:
    table = impact.fairness
    if table.empty:
        return []
    own = table[table["unit_level"] == level]
    own = own.assign(size=(own["gini_after"] - own["gini_before"]).abs())
    own = own[own["size"] >= 0.0005].sort_values(["size", "indicator"], ascending=[False, True]).head(5)
    return [
        {"name": indicator_title(impact, str(row["indicator"]), say), **_cells(row)}
        for _, row in own.iterrows()
    ]


def _unknown(impact: Impact, say: Catalogue) -> str:
    """Tell which indicators say nothing, so that nobody takes silence for no change."""
    rows = impact.run.coverage[impact.run.coverage["unit_level"] == top_level(impact.run)]
    has = set(rows.loc[rows["value"].notna(), "indicator"])
    silent = [one for one in dict.fromkeys(rows["indicator"]) if one not in has]
    return say("impact.silent", n=len(silent), names=say("list").join(silent)) if silent else ""
