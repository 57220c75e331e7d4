"""What the map says about units: levels, series to colour them by, and why some have no colour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.present.geometry import M_PER_DEG, label_point, polygon_steps, tolerance_deg
from cfspace.present.messages import Catalogue
from cfspace.present.offline import plain
from cfspace.present.palettes import GOOD, GREYED, SCORE_BREAKS, classes_of
from cfspace.present.rundata import PARTIAL_BELOW, RunData
from cfspace.present.shortfalls import ranges_of, ranks_of, unit_weights
from cfspace.present.wording import band_label, in_language, is_share, reason_text, rule_of, unit_label

STATUSES: tuple[str, ...] = ("ok", *GREYED)
"""Statuses in the order in which the page numbers them."""

EVIDENCE: tuple[str, ...] = ("municipal_complete", "municipal", "osm", "none")
"""What a value rests on, in the order in which the page numbers it."""

_WORST_FIRST = ("partial_extract", "few_children", "no_data", "not_at_level")


def series_table(run: RunData) -> pd.DataFrame:
    """Return a row per indicator and age band, in the rulebook's order: what can be coloured or tabled."""
    columns = [
        "task",
        "indicator",
        "age_band",
        "title",
        "value_unit",
        "goal",
        "scored",
        "confidence",
        "source",
    ]
    table = run.coverage[columns].copy()
    # The goal of a series is the same in all units; rows without one must not hide it.
    table["goal"] = run.coverage.groupby(["indicator", "age_band"])["goal"].transform("first")
    table = table.drop_duplicates(["indicator", "age_band"]).reset_index(drop=True)
    order = {entry["id"]: k for k, entry in enumerate(run.rulebook.get("indicator") or [])}
    rank = table["indicator"].map(order).fillna(len(order))
    task = pd.to_numeric(table["task"], errors="coerce").fillna(99)
    table = table.assign(_t=task, _r=rank).sort_values(["_t", "_r"], kind="stable").drop(columns=["_t", "_r"])
    # The row of all bands together comes last and speaks for the indicator.
    table["headline"] = ~table.duplicated("indicator", keep="last")
    return table.reset_index(drop=True)


def series_title(run: RunData, row: Any, lang: str) -> str:
    """Return an indicator's title in a language, from the rulebook if it is there."""
    return rule_title(rule_of(run.rulebook, str(row.indicator)), lang) or str(row.title)


def rule_title(rule: dict[str, Any], lang: str) -> str:
    """Return the title of a rulebook's entry, empty if it has none."""
    return in_language(rule["title"], lang) if rule.get("title") else ""


def zero_of(rule: dict[str, Any]) -> float | None:
    """Return the value that earns nothing where less is better, else None."""
    zero = rule.get("zero")
    return float(zero) if zero is not None and rule.get("better") == "less" else None


def page_series(run: RunData, say: Catalogue) -> list[dict[str, Any]]:
    """Return what the page must know of each series: names, unit, goal, classes, source."""
    return [_one_series(run, say, row) for row in series_table(run).itertuples()]


def _one_series(run: RunData, say: Catalogue, row: Any) -> dict[str, Any]:
    rule = rule_of(run.rulebook, row.indicator)
    rows = run.coverage[
        (run.coverage["indicator"] == row.indicator) & (run.coverage["age_band"] == row.age_band)
    ]
    share = is_share(row.value_unit)
    zero = zero_of(rule)
    goal = None if pd.isna(row.goal) else float(row.goal)
    classes = classes_of(rows["value"].tolist(), is_share=share, goal=goal, zero=zero)
    return {
        "id": f"{row.indicator}|{row.age_band}",
        "indicator": row.indicator,
        "task": row.task,
        "title": series_title(run, row, say.lang),
        "meaning": in_language(rule.get("meaning", ""), say.lang),
        "band": band_label(say, row.age_band),
        "headline": bool(row.headline),
        "share": share,
        "unit": unit_label(say, row.value_unit),
        "goal": goal,
        "less": zero is not None,
        "scored": bool(rows["scored"].any()),
        "breaks": [plain(b, 6) for b in classes.breaks],
        "colours": list(classes.colours),
        "confidence": say(f"confidence.{row.confidence}", default=row.confidence),
        "source": in_language(rule["source"], say.lang) if rule.get("source") else row.source,
    }


def page_levels(run: RunData, say: Catalogue) -> list[dict[str, Any]]:
    """Return the levels with their units: outline, scores, and values of every series."""
    series = series_table(run)
    keys = list(zip(series["indicator"], series["age_band"], strict=True))
    return [_one_level(run, say, level, units, keys) for level, units in run.units.items()]


def _one_level(
    run: RunData, say: Catalogue, level: str, units: gpd.GeoDataFrame, keys: list[tuple[str, str]]
) -> dict[str, Any]:
    scores = run.scores[run.scores["unit_level"] == level].set_index("unit_id")
    coverage = run.coverage[run.coverage["unit_level"] == level]
    shapes, tolerance_m = _simplified(units)
    reasons = _reasons(run, level, say.lang)
    ranks, ranges = ranks_of(run, level), _task_ranges(run, level)
    weights = unit_weights(run, level)
    by_unit = dict(iter(coverage.groupby("unit_id", sort=False)))
    empty = coverage.iloc[:0]
    rows = []
    for unit, shape in zip(units.itertuples(), shapes, strict=True):
        mine = by_unit.get(unit.unit_id, empty)
        score = scores.loc[unit.unit_id] if unit.unit_id in scores.index else None
        entry = {"i": unit.unit_id, "n": unit.unit_name, "g": polygon_steps(shape, tolerance_m=0.0)}
        entry |= {"p": label_point(shape), "c": plain(float(unit.covered_share), 3)}
        entry |= _unit_scores(run, score, mine, is_partial=float(unit.covered_share) < PARTIAL_BELOW)
        if unit.unit_id in ranks.index:
            sure = ranks.loc[unit.unit_id]
            entry["rr"] = [plain(float(sure[name]), 0) for name in ("rank_low", "rank_high")]
            entry["or"] = [plain(float(sure[name]), 1) for name in ("overall_low", "overall_high")]
            entry["wq"] = plain(float(sure["worst_quarter_chance"]), 2)
        entry["tr"] = ranges.get(unit.unit_id, {})
        entry["k"] = plain(float(weights.get(unit.unit_id, np.nan)), 0)
        entry["v"] = _values(mine, keys)
        entry["m"] = reasons.get(unit.unit_id, {})
        rows.append(entry)
    return {"id": level, "name": say(f"level.{level}"), "tolerance": round(tolerance_m, 1), "units": rows}


def _task_ranges(run: RunData, level: str) -> dict[str, dict[str, list[Any]]]:
    """Return the range of each task's score by unit; a range of no width says nothing and is left out."""
    found: dict[str, dict[str, list[Any]]] = {}
    ranges = ranges_of(run, level).reset_index()
    row: Any
    for row in ranges.itertuples():
        if row.score_low < row.score_high:
            ends = [plain(row.score_low, 1), plain(row.score_high, 1)]
            found.setdefault(str(row.unit_id), {})[str(row.task)] = ends
    return found


def _simplified(units: gpd.GeoDataFrame) -> tuple[Any, float]:
    """Return outlines coarse enough for a screen; shared edges stay shared."""
    west, _, east, _ = units.total_bounds
    width_m = (east - west) * M_PER_DEG * np.cos(np.radians(units.total_bounds[1::2].mean()))
    tolerance_m = float(np.clip(width_m / 6000, 1.0, 30.0))
    shapes = shapely.make_valid(units.geometry.to_numpy())
    return shapely.coverage_simplify(shapes, tolerance_deg(tolerance_m)), tolerance_m


def _unit_scores(run: RunData, score: Any, mine: pd.DataFrame, *, is_partial: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"s": {}, "d": None, "r": None}
    for task in run.tasks:
        value = float(score[f"task_{task}"]) if score is not None else float("nan")
        rows = _judged(mine, task)
        entry["s"][task] = [plain(value, 1), _status_number(value, rows["status"], is_partial=is_partial)]
    overall = float(score["overall"]) if score is not None else float("nan")
    statuses = mine.loc[mine["scored"], "status"]
    entry["s"]["overall"] = [plain(overall, 1), _status_number(overall, statuses, is_partial=is_partial)]
    if score is not None:
        entry |= {"d": plain(float(score["data_share"]), 3), "r": plain(float(score["rank"]), 0)}
    return entry


def _judged(rows: pd.DataFrame, task: str) -> pd.DataFrame:
    """Return the rows of a task that are scored, or would be at another level."""
    return rows[(rows["task"] == task) & (rows["scored"] | (rows["status"] == "not_at_level"))]


def unit_status(run: RunData, level: str, unit_id: str, task: str) -> str:
    """Return the status that best says why a unit has no score in a task."""
    rows = run.coverage
    mine = _judged(rows[(rows["unit_level"] == level) & (rows["unit_id"] == unit_id)], task)
    is_partial = bool((mine["covered_share"] < PARTIAL_BELOW).any())
    return STATUSES[_status_number(float("nan"), mine["status"], is_partial=is_partial)]


def _status_number(value: float, statuses: Iterable[str], *, is_partial: bool) -> int:
    """Return 0 where there is a score, else the number of the status that best says why not."""
    if np.isfinite(value):
        return 0
    found = {*statuses, "partial_extract"} if is_partial else set(statuses)
    return STATUSES.index(next((status for status in _WORST_FIRST if status in found), "no_data"))


def _values(mine: pd.DataFrame, keys: list[tuple[str, str]]) -> list[Any]:
    rows = {(row.indicator, row.age_band): row for row in mine.itertuples()}
    return [_value(rows[key]) if key in rows else None for key in keys]


def _value(row: Any) -> list[Any]:
    status = STATUSES.index(row.status) if row.status in STATUSES else 1
    numbers = [plain(row.value, 4), plain(row.score, 1), plain(row.value_low, 4), plain(row.value_high, 4)]
    counts = [
        plain(row.numerator, 1),
        plain(row.denominator, 1),
        plain(row.n_facilities, 0),
        plain(row.n_unmeasured, 0),
        EVIDENCE.index(row.evidence) if row.evidence in EVIDENCE else None,
    ]
    return [status, *numbers, *counts]


def _reasons(run: RunData, level: str, lang: str) -> dict[str, dict[str, str]]:
    """Return why an indicator says nothing, by unit and indicator."""
    found: dict[str, dict[str, str]] = {}
    for entry in run.meta.get("reasons") or []:
        if entry.get("unit_level") == level:
            text = reason_text(entry, lang)
            found.setdefault(str(entry.get("unit_id")), {})[str(entry.get("indicator"))] = text
    return found


def page_cautions(run: RunData, say: Catalogue) -> dict[str, str]:
    """Return, by indicator, what of its values is not known."""
    return {
        str(entry["indicator"]): in_language(entry.get("note", ""), say.lang)
        for entry in run.meta.get("cautions") or []
    }


def legend_of_scores() -> dict[str, Any]:
    """Return classes of scores for the page."""
    return {"breaks": list(SCORE_BREAKS), "colours": list(GOOD)}
