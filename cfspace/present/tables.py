"""``coverage.xlsx``: the numbers of ``coverage.csv`` for people, a sheet a task.

Text stays text: a name that begins with ``=`` or ``+`` is written as a string cell, which no spreadsheet
computes (in CSV files `cfspace.io.csv_cells` marks it).
"""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cfspace.present.choropleth import STATUSES, rule_title, series_title
from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.rundata import RunData, read_run
from cfspace.present.sheets import Book, Column
from cfspace.present.shortfalls import MOST_HOMES, homes_left_out, ranges_of
from cfspace.present.standing import range_note, top_level, weighted_scores
from cfspace.present.wording import (
    band_label,
    in_language,
    is_share,
    kind_label,
    rule_of,
    task_label,
    unit_label,
    value_text,
)
from cfspace.ranges import WHOLE_CITY


def write_xlsx(run_dir: Path, out: Path, *, lang: str) -> None:
    """Write the tables of a finished run as a workbook.

    Parameters
    ----------
    run_dir
        Folder of a finished run.
    out
        The ``.xlsx`` file to write; an existing one is replaced.
    lang
        Language of headings, ``zh`` or ``en``.

    Raises
    ------
    RunError
        If the folder is not a finished run.
    ParameterError
        If `lang` is unknown.
    """
    say = catalogue(lang)
    run = read_run(run_dir)
    with Book(out, created=_made(run)) as book:
        _summary(book, run, say)
        for task in run.tasks:
            _task(book, run, say, task)
        _facilities(book, run, say)
        _left_out(book, run, say)
        _sources(book, run, say)


def _made(run: RunData) -> dt.datetime:
    """Return the study's date: the workbook's own, so that the same run gives the same bytes."""
    try:
        day = dt.date.fromisoformat(str(run.study.get("snapshot", ""))[:10])
    except ValueError:
        day = dt.date(2000, 1, 1)
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _summary(book: Book, run: RunData, say: Catalogue) -> None:
    columns = [
        Column(say("table.unit_level"), "text"),
        Column(say("table.unit_id"), "text"),
        Column(say("table.unit_name"), "text"),
        Column(say("table.overall"), "score"),
        *(Column(task_label(say, task, run.rulebook), "score") for task in run.tasks),
        Column(say("table.data_share"), "percent"),
        Column(say("table.rank"), "whole"),
        Column(say("table.children" if run.are_children else f"table.{run.weights_kind}"), "whole"),
        *_range_columns(run, say),
    ]
    rows = _city_row(run, say)
    for level in run.units:
        ranges = ranges_of(run, level)
        for row in weighted_scores(run, level).itertuples():
            scores = [row.overall, *(getattr(row, f"task_{task}") for task in run.tasks)]
            name = [say(f"level.{level}"), row.unit_id, row.unit_name]
            ends = _ends(run, ranges, str(row.unit_id))
            rows.append([*name, *scores, row.data_share, row.rank, row.children, *ends])
    notes = [
        f"{run.study.get('name', '')} · {run.study.get('snapshot', '')}",
        say(f"about.weights.{run.weights_kind}"),
    ]
    notes += [say("table.note_hatched"), range_note(run, say, key="table.note_range")]
    notes = [note for note in notes if note]
    book.sheet(say("table.summary"), columns, rows, notes=notes, frozen=3)


def _range_columns(run: RunData, say: Catalogue) -> list[Column]:
    """Return a column for each end of each task's range; none where the run tells no ranges."""
    tasks = run.tasks if range_note(run, say) else ()
    return [
        Column(say(f"table.score_{end}", task=task_label(say, task, run.rulebook)), "end")
        for task in tasks
        for end in ("low", "high")
    ]


def _ends(run: RunData, ranges: pd.DataFrame, unit_id: str) -> list[float]:
    """Return both ends of each task's range in a unit, in the order of `_range_columns`."""
    found = ranges.reindex([(unit_id, task) for task in run.tasks]) if len(ranges) else ranges
    return [] if found.empty else found[["score_low", "score_high"]].to_numpy(np.float64).ravel().tolist()


def _city_row(run: RunData, say: Catalogue) -> list[list[Any]]:
    """Return the row of the whole city, where the run tells of it."""
    ranges = ranges_of(run, WHOLE_CITY)
    if ranges.empty:
        return []
    told = ranges["score"].droplevel("unit_id")
    scores = [float(told.get(task, np.nan)) for task in ("overall", *run.tasks)]
    weights = weighted_scores(run, top_level(run))["children"].sum()
    name = [say("table.whole_city"), "", ""]
    return [[*name, *scores, None, None, float(weights), *_ends(run, ranges, "")]]


COVERAGE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("unit_level", "text"),
    ("unit_id", "text"),
    ("unit_name", "text"),
    ("indicator", "text"),
    ("title", "text"),
    ("age_band", "text"),
    ("value", "value"),
    ("value_unit", "text"),
    ("goal", "value"),
    ("score", "score"),
    ("status", "text"),
    ("value_low", "value"),
    ("value_high", "value"),
    ("numerator", "number"),
    ("denominator", "number"),
    ("children", "number"),
    ("n_facilities", "whole"),
    ("n_unmeasured", "whole"),
    ("covered_share", "percent"),
    ("scored", "text"),
    ("evidence", "text"),
    ("confidence", "text"),
    ("source", "text"),
)
"""Columns of a task's sheet, in order, and how each is written."""


def _task(book: Book, run: RunData, say: Catalogue, task: str) -> None:
    columns = [Column(say(f"table.{name}"), form) for name, form in COVERAGE_COLUMNS]
    mine = run.coverage[run.coverage["task"] == task]
    rows = [_coverage_row(run, say, row) for row in mine.itertuples()]
    hatched = [status != "ok" for status in mine["status"].astype(str)]
    title = task_label(say, task, run.rulebook)
    book.sheet(title, columns, rows, notes=[title, say("table.note_hatched")], frozen=4, hatched=hatched)


def _coverage_row(run: RunData, say: Catalogue, row: Any) -> list[Any]:
    worded = {
        "unit_level": say(f"level.{row.unit_level}"),
        "title": series_title(run, row, say.lang),
        "age_band": band_label(say, row.age_band),
        "value_unit": say("table.share") if is_share(row.value_unit) else unit_label(say, row.value_unit),
        "status": say(f"status.{row.status}", default=row.status) if row.status in STATUSES else row.status,
        "scored": say("table.yes" if row.scored else "table.no"),
        "evidence": say(f"evidence.{row.evidence}", default=row.evidence) if row.evidence else "",
        "confidence": say(f"confidence.{row.confidence}", default=row.confidence),
        "source": _norm(run, row, say.lang),
    }
    cells = []
    for name, form in COVERAGE_COLUMNS:
        cell = worded.get(name, getattr(row, name))
        if form == "value":
            # Shares are written as per cent; the cell still holds the number of coverage.csv.
            cells.append((cell, "percent" if is_share(row.value_unit) else "number"))
        else:
            cells.append(cell)
    return cells


def _norm(run: RunData, row: Any, lang: str) -> str:
    rule = rule_of(run.rulebook, str(row.indicator))
    return in_language(rule["source"], lang) if rule.get("source") else str(row.source)


def _facilities(book: Book, run: RunData, say: Catalogue) -> None:
    names = ("kind", "name", "source", "facility_id", "lon", "lat")
    heads = {"name": "table.unit_name"}
    forms = {"lon": "degree", "lat": "degree"}
    columns = [Column(say(heads.get(name, f"table.{name}")), forms.get(name, "text")) for name in names]
    facilities = run.facilities.sort_values(["kind", "facility_id"], kind="stable")
    points = facilities.geometry.representative_point()
    rows = [
        [kind_label(say, row.kind), "" if pd.isna(row.name) else row.name, row.source, row.facility_id, x, y]
        for row, x, y in zip(
            facilities.rename_axis(None)[["kind", "name", "source", "facility_id"]].itertuples(index=False),
            points.x,
            points.y,
            strict=True,
        )
    ]
    book.sheet(say("table.facilities"), columns, rows, notes=[say("table.facilities")], frozen=2)


def _left_out(book: Book, run: RunData, say: Catalogue) -> None:
    """Write homes beyond the standard distance, those with most children first."""
    found = homes_left_out(run)
    levels = list(run.units)
    columns = [
        Column(say("table.indicator"), "text"),
        Column(say("table.metres"), "whole"),
        Column(say("table.standard"), "whole"),
        Column(say("table.children" if run.are_children else f"table.{run.weights_kind}"), "number"),
        *(Column(say(f"level.{level}"), "text") for level in levels),
        Column(say("table.home_id"), "text"),
        Column(say("table.lon"), "degree"),
        Column(say("table.lat"), "degree"),
    ]
    rows = []
    row: Any
    for row in found.itertuples():
        metres = say("table.beyond") if math.isinf(float(row.metres)) else row.metres
        name = f"{row.indicator} {rule_title(rule_of(run.rulebook, str(row.indicator)), say.lang)}"
        places = [getattr(row, level) for level in levels]
        rows.append([name, metres, row.full_m, row.weight, *places, row.home_id, row.lon_deg, row.lat_deg])
    total = int(found.attrs.get("total", len(rows)))
    notes = [say("table.uncovered"), say(f"about.weights.{run.weights_kind}")]
    if total > MOST_HOMES:
        notes.append(say("table.note_cut", n=f"{MOST_HOMES:,}", total=f"{total:,}"))
    book.sheet(say("table.uncovered"), columns, rows, notes=notes, frozen=1)


def _sources(book: Book, run: RunData, say: Catalogue) -> None:
    columns = [Column(say("table.indicator"), "text"), Column(say("table.title"), "text")]
    columns += [Column(say(f"table.{name}"), "text") for name in ("goal", "confidence", "source")]
    rows: list[list[Any]] = []
    for entry in run.rulebook.get("indicator") or []:
        goal = entry.get("goal")
        rows.append(
            [
                entry["id"],
                in_language(entry.get("title", ""), say.lang),
                "" if goal is None else value_text(say, float(goal), str(entry.get("value_unit", ""))),
                say(f"confidence.{entry.get('confidence')}", default=str(entry.get("confidence", ""))),
                in_language(entry.get("source", ""), say.lang),
            ]
        )
    rows.append([])
    rows += [[say("table.licences"), str(line)] for line in run.meta.get("licences") or []]
    for item in run.meta.get("inputs") or []:
        size = f"{int(item.get('bytes', 0)):,} {say('table.bytes')}"
        rows.append(
            [say("table.file"), str(item.get("file", "")), size, "SHA-256", str(item.get("sha256", ""))]
        )
    book.sheet(say("table.sources"), columns, rows, notes=[say("table.sources")], frozen=1)
