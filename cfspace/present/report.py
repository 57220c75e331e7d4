"""``report.html``: how the city stands, for paper and screen, in one file with no network."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cfspace.present import figures
from cfspace.present.choropleth import STATUSES, page_cautions, unit_status
from cfspace.present.maps import about_lines, licence_lines, subtitle
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.offline import page_file, refuse_outside
from cfspace.present.palettes import GOOD, SCORE_BREAKS
from cfspace.present.plan_part import PAGES, plan_part
from cfspace.present.rundata import RunData, read_run
from cfspace.present.sheets import text_width
from cfspace.present.shortfalls import ranks_of
from cfspace.present.standing import (
    GOAL_STATES,
    IndicatorStanding,
    TaskStanding,
    against_goal,
    finest_level,
    gaps,
    level_to_show,
    overall_standing,
    partial_units,
    range_note,
    stand_by_indicator,
    stand_by_task,
    top_level,
    unknowns,
    weighted_scores,
)
from cfspace.present.wording import date_text, interval_text, kind_label, number, percent, value_text

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

ALL_VARIED = 0.9999
"""Above this share of the weight, every indicator of a score has a range."""

MOST_BARS = 24
"""Bars in a ladder of units; with more units the lowest scores stay."""

UNKNOWN_LINES = 20.0
"""Lines of what is not known that the first two pages have room for; all of them follow at the end."""

REASON_WIDTH, SILENT_WIDTH, BETWEEN_ROWS = 44, 68, 0.4
"""Letters in a line of that table's two columns, Chinese ones counting twice, and lines between its rows."""


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
    import jinja2

    say = catalogue(lang)
    run = read_run(run_dir)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["score"] = lambda value: number(say, float(value), digits=1)
    environment.filters["count"] = lambda value: number(say, float(value))
    environment.filters["percent"] = lambda share: percent(say, float(share))
    html = environment.from_string(page_file("report.html.j2")).render(_content(run, say))
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
    unknown = _unknown_rows(unknowns(standings), say)
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
        "standing": [_standing_row(row, standings, say) for row in (overall, *tasks)],
        "credit": credit_line(run, say, standings),
        "plan": plan_part(run, say),
        "cautions": len(page_cautions(run, say)),
        "gaps": [_gap_row(row, say) for row in gaps(standings)],
        "gaps_note": say("report.gaps_note", weights=weights),
        "worst": _worst(run, say),
        "overall_map": Markup(_map(run, say, overall, overall_level)),
        "overall_level": say(f"level.{overall_level}"),
        "unknowns": unknown,
        "most_unknowns": _rows_with_room(unknown, say),
        "partial": say("report.partial", n=len(partial), names=say("list").join(partial)) if partial else "",
        "levels": [_ranking(run, say, name) for name in run.units],
        "tasks": [_task_page(run, say, task, standings) for task in tasks],
        "licences": licence_lines(run),
        "inputs": run.meta.get("inputs") or [],
        "counts": _counts(run, say),
        "key": _key(say),
        "made": say("report.made", version=run.meta.get("cfspace", "")),
    }


def credit_line(run: RunData, say: Catalogue, rows: list[IndicatorStanding]) -> str:
    """Return what figures rest on: sources of the data, its date, and how far the norms were verified."""
    none = say("evidence.none")
    known = dict.fromkeys(row.evidence for row in rows if row.evidence not in ("", none))
    data = say("list").join(known) or none
    norms = say("list").join(dict.fromkeys(row.confidence for row in rows if row.is_scored))
    date = date_text(say, str(run.study.get("snapshot", "")))
    return say("report.credit", data=data, date=date, norms=norms or "–")


def _standing_row(row: TaskStanding, standings: list[IndicatorStanding], say: Catalogue) -> dict[str, Any]:
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


def _unknown_rows(rows: list[IndicatorStanding], say: Catalogue) -> list[dict[str, Any]]:
    """Return what is missing and which indicators stay silent for it, most of them first."""
    silent: dict[str, list[str]] = {}
    for row in rows:
        n, total = row.statuses["no_data"], sum(row.statuses.values())
        where = "" if n == total else f" ({say('report.unknown_units', n=n)})"
        reason = say("list").join(row.reasons[:2]) or say("status.no_data")
        silent.setdefault(reason, []).append(f"{row.indicator} {row.title}{where}")
    order = sorted(silent, key=lambda reason: -len(silent[reason]))
    return [{"reason": reason, "indicators": silent[reason]} for reason in order]


def _rows_with_room(rows: list[dict[str, Any]], say: Catalogue) -> int:
    """Return how many rows of what is missing the first two pages have room for; the first always stays."""
    taken = 0.0
    for n, row in enumerate(rows):
        silent = say("list").join(row["indicators"])
        lines = max(text_width(row["reason"]) / REASON_WIDTH, text_width(silent) / SILENT_WIDTH)
        taken += math.ceil(lines) + BETWEEN_ROWS
        if n and taken > UNKNOWN_LINES:
            return n
    return len(rows)


def _worst(run: RunData, say: Catalogue, *, n: int = 8) -> list[dict[str, Any]]:
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


def _ranking(run: RunData, say: Catalogue, level: str) -> dict[str, Any]:
    ranks = ranks_of(run, level)
    table = weighted_scores(run, level).sort_values(["rank", "unit_id"], na_position="last", kind="stable")
    rows = []
    for row in table.itertuples():
        cells = [getattr(row, f"task_{task}") for task in run.tasks]
        scores = [_cell(value, say) for value in (row.overall, *cells)]
        rows.append({"row": row, "scores": scores, "ranks": _range(ranks, str(row.unit_id), "rank", say)})
    return {"name": say(f"level.{level}"), "rows": rows, "tasks": [*run.tasks]}


def _key(say: Catalogue) -> list[tuple[str, str]]:
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


def _task_page(
    run: RunData, say: Catalogue, task: TaskStanding, standings: list[IndicatorStanding]
) -> dict[str, Any]:
    from markupsafe import Markup

    mine = [row for row in standings if row.task == task.task]
    map_level = level_to_show(run, task.task)
    ladder_level = level_to_show(run, task.task, most_units=MOST_BARS)
    cautions = page_cautions(run, say)
    n_units = len(run.units[ladder_level])
    return {
        "id": task.task,
        "name": task.name,
        "row": _standing_row(task, standings, say),
        "credit": credit_line(run, say, mine),
        "cut": say("report.ladder_cut", n=MOST_BARS, total=n_units) if n_units > MOST_BARS else "",
        "indicators": [_indicator_row(row, mine, cautions, say) for row in mine if row.is_headline],
        "ladder": Markup(_ladder(run, say, task, ladder_level)),
        "map": Markup(_map(run, say, task, map_level)),
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


def _map(run: RunData, say: Catalogue, task: TaskStanding, level: str) -> str:
    units = run.units[level]
    column = "overall" if task.task == "overall" else f"task_{task.task}"
    by_id = run.scores[run.scores["unit_level"] == level].set_index("unit_id")[column]
    scores = [float(by_id.get(code, np.nan)) for code in units["unit_id"]]
    title = say("report.figure_map", task=task.name)
    return figures.score_map(units, scores, title=title, name=f"map-{task.task}")


def _counts(run: RunData, say: Catalogue) -> list[tuple[str, str]]:
    """Return what the run counted and what it left out; what happened never is not told."""
    counts = {str(k): v for k, v in (run.meta.get("counts") or {}).items() if isinstance(v, int) and v > 0}
    shown = [(say(f"count.{key}"), counts[key]) for key in COUNTS if key in counts]
    kinds = [key.removeprefix("facilities_") for key in counts if key.startswith("facilities_")]
    shown += [(kind_label(say, kind), counts[f"facilities_{kind}"]) for kind in kinds]
    return [(name, number(say, float(value))) for name, value in shown]
