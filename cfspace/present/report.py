"""``report.html``: how the city stands, for paper and screen, in one file with no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cfspace.present.choropleth import page_cautions
from cfspace.present.maps import about_lines, licence_lines, subtitle
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import page_file, refuse_outside
from cfspace.present.plan_part import PAGES, plan_part
from cfspace.present.ranking_rows import ranking, score_key, worst_units
from cfspace.present.rundata import RunData, read_run
from cfspace.present.standing import (
    IndicatorStanding,
    gaps,
    level_to_show,
    overall_standing,
    partial_units,
    range_note,
    stand_by_indicator,
    stand_by_task,
    top_level,
    unknowns,
)
from cfspace.present.standing_rows import credit_line, standing_row
from cfspace.present.task_page import map_of_scores, task_page
from cfspace.present.templates import sheet_template
from cfspace.present.unknown_rows import rows_with_room, unknown_rows
from cfspace.present.wording import interval_text, kind_label, number, percent, value_text

COUNTS = (
    "homes",
    "homes_unmeasured",
    "homes_too_far",
    "homes_barred",
    "homes_island",
    "homes_edge",
    "entrances",
    "entrances_too_far",
    "entrances_barred",
    "segments",
    "missing_nodes",
    "broken_areas",
    "facilities",
)
"""Counts of a run that the report tells, in order."""


def draw_report(run_dir: Path, *, lang: str) -> str:
    """Return ``report.html`` of a finished run.

    Parameters
    ----------
    run_dir
        Folder of a finished run.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    The page. The same run gives the same text.

    Raises
    ------
    RunError
        If the folder is not a finished run.
    ParameterError
        If `lang` is unknown.
    OutsideAddressError
        If the page would ask a host for something.
    """
    say = catalogue(lang)
    run = read_run(run_dir)
    filters: dict[str, Callable[[Any], str]] = {
        "score": lambda value: number(say, float(value), digits=1),
        "count": lambda value: number(say, float(value)),
        "percent": lambda share: percent(say, float(share)),
    }
    html = sheet_template("report.html.j2", filters=filters).render(_content(run, say))
    refuse_outside(html, page="report.html", beside=[file for file, _ in PAGES])
    return html


def _content(run: RunData, say: Catalogue) -> dict[str, Any]:
    from markupsafe import Markup

    level = top_level(run)
    standings = stand_by_indicator(run, say, level=level)
    tasks = stand_by_task(run, say, level=level)
    overall = overall_standing(run, say, level=level)
    overall_level = level_to_show(run, "overall")
    weights = say(f"weights.{run.weights_kind}")
    partial = partial_units(run, level=level)
    unknown = unknown_rows(unknowns(standings), say)
    return {
        "say": say,
        "lang": say.tag,
        "css": Markup(page_file("report.css")),
        "title": say("report.title", study=run.study.get("name", "")),
        "subtitle": subtitle(run, say, "report.subtitle"),
        "weights": weights,
        "about": about_lines(run, say),
        "standing_note": say("report.standing_note", level=say(f"level.{level}"), weights=weights),
        "range_note": range_note(run, say),
        "standing": [standing_row(row, standings, say) for row in (overall, *tasks)],
        "credit": credit_line(run, say, standings),
        "plan": plan_part(run, say),
        "cautions": len(page_cautions(run, say)),
        "gaps": [_gap_row(row, say) for row in gaps(standings)],
        "gaps_note": say("report.gaps_note", weights=weights),
        "worst": worst_units(run, say),
        "overall_map": Markup(map_of_scores(run, say, overall, overall_level)),
        "overall_level": say(f"level.{overall_level}"),
        "unknowns": unknown,
        "most_unknowns": rows_with_room(unknown, say),
        "partial": say("report.partial", n=len(partial), names=say("list").join(partial)) if partial else "",
        "levels": [ranking(run, say, name) for name in run.units],
        "tasks": [task_page(run, say, task, standings) for task in tasks],
        "licences": licence_lines(run),
        "inputs": run.meta.get("inputs") or [],
        "counts": _counts(run, say),
        "key": score_key(say),
        "made": say("report.made", version=run.meta.get("cfspace", "")),
    }


def _gap_row(row: IndicatorStanding, say: Catalogue) -> dict[str, Any]:
    return {
        "name": f"{row.indicator} {row.title}",
        "band": row.band,
        "left_out": number(say, row.left_out),
        "share": value_text(say, 1 - row.value, row.value_unit),
        "value": value_text(say, row.value, row.value_unit),
        "interval": interval_text(say, row.low, row.high, row.value_unit),
        "goal": value_text(say, row.goal, row.value_unit),
        "evidence": row.evidence,
        "confidence": say("report.norm_is", confidence=row.confidence),
    }


def _counts(run: RunData, say: Catalogue) -> list[tuple[str, str]]:
    """Return what the run counted and what it left out; what happened never is not told."""
    counts = {str(k): v for k, v in (run.meta.get("counts") or {}).items() if isinstance(v, int) and v > 0}
    shown = [(say(f"count.{key}"), counts[key]) for key in COUNTS if key in counts]
    kinds = [key.removeprefix("facilities_") for key in counts if key.startswith("facilities_")]
    shown += [(kind_label(say, kind), counts[f"facilities_{kind}"]) for kind in kinds]
    return [(name, number(say, float(value))) for name, value in shown]
