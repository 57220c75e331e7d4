"""``pilots.html``: the ranking of pilot candidates, and an evidence sheet for each, to be printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cfspace.config.bands import BANDS
from cfspace.planning.pilots import CRITERIA, PilotWeights, candidates
from cfspace.present.maps import about_lines, licence_lines, subtitle
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import page_file, refuse_outside
from cfspace.present.rundata import RunData
from cfspace.present.templates import sheet_template
from cfspace.present.wording import band_label, number, percent, reason_text, task_label, value_text

MOST_LACKS = 8


def draw_pilots(run: RunData, ranking: pd.DataFrame, weights: PilotWeights, *, lang: str, most: int) -> str:
    """Return the page of a ranking.

    Parameters
    ----------
    run
        The run that was ranked.
    ranking
        `cfspace.planning.pilots.rank_pilots` of it.
    weights
        The weights.
    lang
        ``zh`` or ``en``.
    most
        How many candidates of each level get a sheet.
    """
    from markupsafe import Markup

    say = catalogue(lang)
    sheets = [_sheet(run, row, say) for row in candidates(ranking, most=most).to_dict("records")]
    total = sum(weights.by_criterion().values())
    html = sheet_template("pilots.html.j2").render(
        say=say,
        lang=say.tag,
        css=Markup(page_file("report.css")),
        title=say("pilots.title", study=run.study.get("name", "")),
        subtitle=subtitle(run, say, "report.subtitle"),
        criteria=[
            {
                "name": say(_key(name, run)),
                "meaning": say(f"{_key(name, run)}.meaning"),
                "weight": percent(say, weight / total),
            }
            for name, weight in weights.by_criterion().items()
        ],
        stability=say(
            "pilots.stability",
            draws=weights.stability.draws,
            first=weights.stability.first,
            firm=percent(say, weights.stability.firm_share),
        ),
        weighs=say(f"weights.{run.weights_kind}"),
        uncounted="" if run.are_children else say(f"pilots.uncounted.{run.weights_kind}"),
        levels=[_level(ranking, level, say) for level in run.units],
        sheets=sheets,
        to_fill=say.section("pilots.fill"),
        about=about_lines(run, say),
        licences=licence_lines(run),
    )
    refuse_outside(html, page="pilots.html")
    return html


def _key(criterion: str, run: RunData) -> str:
    """Return the key of what is said of a criterion: reach counts children only where somebody did."""
    is_other = criterion == "reach" and not run.are_children
    return f"pilots.{criterion}.{run.weights_kind}" if is_other else f"pilots.{criterion}"


def _level(ranking: pd.DataFrame, level: str, say: Catalogue) -> dict[str, Any]:
    own = ranking[ranking["unit_level"] == level]
    return {"name": say(f"level.{level}"), "rows": [_row(row, say) for row in own.to_dict("records")]}


def _row(row: Mapping[Any, Any], say: Catalogue) -> dict[str, Any]:
    is_ranked = not pd.isna(row["rank"])
    return {
        "anchor": _anchor(row),
        "name": row["unit_name"],
        "rank": row["rank"] if is_ranked else "–",
        "range": f"{row['rank_low']}–{row['rank_high']}" if is_ranked else "",
        "first": percent(say, float(row["share_first"])) if is_ranked else "",
        "score": number(say, float(row["score"]), digits=1),
        "criteria": [number(say, float(row[name]), digits=0) for name in CRITERIA],
        "weight": number(say, float(row["weight"])),
        "is_firm": bool(row["is_firm"]),
        "why_not": say(f"pilots.why_not.{row['why_not']}") if row["why_not"] else "",
    }


def _anchor(row: Mapping[Any, Any]) -> str:
    return f"{row['unit_level']}-{row['unit_id']}"


def _sheet(run: RunData, row: Mapping[Any, Any], say: Catalogue) -> dict[str, Any]:
    """Return what the evidence sheet of a candidate says."""
    own = run.coverage[
        (run.coverage["unit_level"] == row["unit_level"]) & (run.coverage["unit_id"] == row["unit_id"])
    ]
    scores = run.scores[
        (run.scores["unit_level"] == row["unit_level"]) & (run.scores["unit_id"] == row["unit_id"])
    ].iloc[0]
    tasks = [task for task in run.tasks if f"task_{task}" in scores]
    return {
        **_row(row, say),
        "level": say(f"level.{row['unit_level']}"),
        "id": row["unit_id"],
        "overall": number(say, float(row["overall"]), digits=1),
        "amount": say(f"pilots.amount.{run.weights_kind}", n=number(say, float(row["weight"]))),
        "tasks": [
            (task_label(say, task, run.rulebook), number(say, float(scores[f"task_{task}"]), digits=1))
            for task in tasks
        ],
        "ages": _ages(run, row, say),
        "lacks": _lacks(own, say),
        "unknown": _unknown(run, row, own, say),
    }


def _ages(run: RunData, row: Mapping[Any, Any], say: Catalogue) -> list[tuple[str, str]]:
    """Return the children of a unit by age band, none where nobody counted any."""
    if not run.are_children:
        return []
    homes = run.homes[run.homes[f"{row['unit_level']}_id"] == row["unit_id"]]
    return [
        (band_label(say, band), number(say, float(homes[f"children_{band}"].sum())))
        for band in BANDS
        if f"children_{band}" in homes
    ]


def _lacks(own: pd.DataFrame, say: Catalogue) -> list[dict[str, str]]:
    """Return the scored indicators that stand lowest, each with its figures and where they come from."""
    scored = own[own["scored"] & own["score"].notna() & (own["score"] < 100)]
    lowest = scored.sort_values(["score", "indicator"], kind="stable").head(MOST_LACKS)
    return [
        {
            "id": str(row["indicator"]),
            "title": str(row["title"]),
            "value": value_text(say, float(row["value"]), str(row["value_unit"])),
            "goal": value_text(say, float(row["goal"]), str(row["value_unit"])),
            "score": number(say, float(row["score"]), digits=1),
            "figures": f"{number(say, float(row['numerator']), digits=1)} / "
            f"{number(say, float(row['denominator']), digits=1)}",
            "source": str(row["source"]),
            "confidence": say(f"confidence.{row['confidence']}", default=str(row["confidence"])),
        }
        for row in lowest.to_dict("records")
    ]


def _unknown(
    run: RunData, row: Mapping[Any, Any], own: pd.DataFrame, say: Catalogue
) -> list[tuple[str, str, str]]:
    """Return the indicators of the unit that nobody can tell, and why."""
    reasons = {
        str(entry.get("indicator")): reason_text(entry, say.lang)
        for entry in run.meta.get("reasons") or []
        if entry.get("unit_level") == row["unit_level"] and str(entry.get("unit_id")) == row["unit_id"]
    }
    silent = own[(own["status"] == "no_data") & own["scored"]].drop_duplicates("indicator")
    return [
        (str(one["indicator"]), str(one["title"]), reasons.get(str(one["indicator"]), ""))
        for one in silent.to_dict("records")
    ]
