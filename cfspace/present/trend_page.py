"""``trend.html``: what changed between snapshots, with its uncertainty, in one file with no network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from cfspace.present.maps import licence_lines
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import page_file, refuse_outside
from cfspace.present.rundata import RunData
from cfspace.present.standing import top_level, weighted_mean, weighted_scores
from cfspace.present.templates import sheet_template
from cfspace.present.wording import (
    date_text,
    in_language,
    is_share,
    kind_label,
    number,
    percent,
    rule_of,
    task_label,
)

MOST_PLACES = 60
MOST_ROWS = 40
CHANGES = ("built", "closed", "mapped", "unclear", "unmapped")
WIDE, HIGH, LEFT, RIGHT = 690.0, 190.0, 34.0, 250.0
"""Width, height and margins of the chart in px; labels stand in the right margin."""


def draw_trend(
    runs: Sequence[RunData],
    changes: pd.DataFrame,
    places: pd.DataFrame,
    completeness: pd.DataFrame,
    *,
    lang: str,
) -> str:
    """Return the page of a trend.

    Parameters
    ----------
    runs
        The runs, earliest first.
    changes, places, completeness
        ``trend.csv``, ``facility_changes.csv`` and ``completeness.csv``.
    lang
        ``zh`` or ``en``.

    Raises
    ------
    ParameterError
        If `lang` is unknown.
    OutsideAddressError
        If the page would ask a host for something.
    """
    from markupsafe import Markup

    say = catalogue(lang)
    html = sheet_template("trend.html.j2").render(
        say=say,
        lang=say.tag,
        css=Markup(page_file("report.css") + page_file("statement.css")),
        title=say("trend.title", study=str(runs[-1].study.get("name", ""))),
        days=" → ".join(date_text(say, str(run.study["snapshot"])) for run in runs),
        counts=_counts(places, say),
        chart=Markup(_lines(runs, say)),
        rows=_rows(runs, changes, say),
        places=_places(places, say),
        more_places=max(0, len(places) - MOST_PLACES),
        kinds=_kinds(completeness, say),
        licences=list(dict.fromkeys(line for run in runs for line in licence_lines(run))),
        snapshots=[str(run.study["snapshot"]) for run in runs],
    )
    refuse_outside(html, page="trend.html")
    return html


def _counts(places: pd.DataFrame, say: Catalogue) -> list[tuple[str, int]]:
    """Return how many places changed in each way; one that serves as several kinds is one place."""
    own = places["facility_id"].astype(str).str.split("/", n=1).str[-1]
    n_places = own.groupby(places["change"]).nunique()
    return [(say(f"trend.is_{one}"), int(n_places[one])) for one in CHANGES if one in n_places]


def _rows(runs: Sequence[RunData], changes: pd.DataFrame, say: Catalogue) -> list[dict[str, Any]]:
    """Return the changes of units of the coarsest level, all ages together, those beyond doubt first."""
    # The row of all bands together comes last.
    heads = {str(row["indicator"]): str(row["age_band"]) for row in runs[-1].coverage.to_dict("records")}
    level = top_level(runs[-1])
    own = changes[(changes["unit_level"] == level) & (changes["change"].abs() >= 1e-9)]
    is_head = own["indicator"].map(heads) == own["age_band"].fillna("")
    order = own["is_beyond_uncertainty"].map({"yes": 0, "unknown": 1, "no": 2})
    own = own.assign(order=order)[is_head]
    own = own.sort_values(["order", "to", "indicator", "unit_id"], kind="stable").head(MOST_ROWS)
    return [_row(row, runs, say) for row in own.itertuples()]


def _row(row: Any, runs: Sequence[RunData], say: Catalogue) -> dict[str, Any]:
    share = is_share(str(row.value_unit))

    def text(value: float) -> str:
        return percent(say, value, digits=1) if share else number(say, value, digits=2)

    def signed(value: float) -> str:
        return "–" if not math.isfinite(value) else ("+" if value > 0 else "") + text(value)

    rule = rule_of(runs[-1].rulebook, str(row.indicator))
    known = math.isfinite(row.change_low) and math.isfinite(row.change_high)
    return {
        "name": in_language(rule.get("title", row.indicator), say.lang),
        "id": row.indicator,
        "unit": row.unit_name,
        "to": date_text(say, str(row.to)) if len(runs) > 2 else "",
        "span": f"{text(row.value_before)} → {text(row.value_after)}",
        "change": signed(row.change),
        "interval": f"{signed(row.change_low)} … {signed(row.change_high)}" if known else "–",
        "mapped": signed(round(row.change_mapped, 9) + 0.0),
        "verdict": say(f"trend.sure_{row.is_beyond_uncertainty}"),
        "sure": row.is_beyond_uncertainty == "yes",
    }


def _places(places: pd.DataFrame, say: Catalogue) -> list[dict[str, str]]:
    return [
        {
            "change": say(f"trend.is_{row.change}"),
            "kind": kind_label(say, str(row.kind)),
            "name": str(row.name_) if isinstance(row.name_, str) else str(row.facility_id),
            "reason": say(f"trend.by_{row.reason}"),
            "date": str(row.start_date) if isinstance(row.start_date, str) else "",
        }
        for row in places.rename(columns={"name": "name_"}).head(MOST_PLACES).itertuples()
    ]


def _kinds(completeness: pd.DataFrame, say: Catalogue) -> list[dict[str, Any]]:
    """Return, per kind, how many places each snapshot knows; kinds that never changed are left out."""
    found = []
    for kind, rows in completeness.groupby("kind", sort=True):
        cells = [
            (int(n), say(f"evidence.{evidence}", default=str(evidence)))
            for n, evidence in zip(rows["n_places"], rows["evidence"], strict=True)
        ]
        if len(set(cells)) > 1:
            found.append({"name": kind_label(say, str(kind)), "cells": cells})
    return found


def _lines(runs: Sequence[RunData], say: Catalogue) -> str:
    """Return a line per task: its mean score over the coarsest units at each snapshot."""
    level = top_level(runs[-1])
    tables = [weighted_scores(run, level) for run in runs]
    step = (WIDE - LEFT - 20.0 - RIGHT) / max(1, len(runs) - 1)
    end = WIDE - RIGHT
    parts = [
        f'<line x1="{LEFT:g}" x2="{end:g}" y1="{_y(t):g}" y2="{_y(t):g}" stroke="#d5dbe1"/>'
        f'<text x="{LEFT - 6:g}" y="{_y(t) + 4:g}" text-anchor="end" class="tick">{t}</text>'
        for t in (0, 25, 50, 75, 100)
    ]
    labels: list[tuple[float, str]] = []
    for task in [*runs[-1].tasks, "overall"]:
        name = task if task == "overall" else f"task_{task}"
        values = [weighted_mean(own[name], own["children"]) if name in own else math.nan for own in tables]
        points = [(LEFT + 10 + step * k, _y(v)) for k, v in enumerate(values) if math.isfinite(v)]
        if not points:
            continue
        colour, weight = ("#1d2733", 2.6) if task == "overall" else ("#2878b0", 1.3)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{weight}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        told = say("task.overall") if task == "overall" else task_label(say, task, runs[-1].rulebook)
        ends = [number(say, one, digits=1) if math.isfinite(one) else "–" for one in (values[0], values[-1])]
        labels.append((points[-1][1], f"{told} {' → '.join(ends)}"))
    parts += _labels(labels)
    for k, run in enumerate(runs):
        anchor = "start" if k == 0 else "middle"
        parts.append(
            f'<text x="{LEFT + 10 + step * k:.1f}" y="{HIGH - 4:g}" class="tick" '
            f'text-anchor="{anchor}">{escape(str(run.study["snapshot"]))}</text>'
        )
    title = escape(say("trend.chart"))
    return (
        f'<svg class="figure" viewBox="0 0 {WIDE:g} {HIGH + 4:g}" role="img" aria-label="{title}" '
        f'width="{WIDE:g}" height="{HIGH + 4:g}">{"".join(parts)}</svg>'
    )


def _y(score: float) -> float:
    return HIGH - 20 - 1.6 * score


def _labels(labels: list[tuple[float, str]]) -> list[str]:
    """Return the names of lines, each below the one before, and a thin line to the end of its own."""
    parts, below = [], 0.0
    end = WIDE - RIGHT
    for k, (y, told) in enumerate(sorted(labels)):
        # Room is kept for those still to come.
        lowest = HIGH - 8.0 - 13.0 * (len(labels) - 1 - k)
        below = max(min(y, lowest), below + 13.0)
        parts.append(
            f'<polyline points="{end - 8:g},{y:.1f} {end + 8:g},{below:.1f}" fill="none" stroke="#9aa5b0" '
            'stroke-width="0.6"/>'
            f'<text x="{end + 11:g}" y="{below + 4:.1f}">{escape(told)}</text>'
        )
    return parts
