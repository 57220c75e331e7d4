"""One table over all units of all studies: how each stands, its rank among all, and pilot candidates."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from cfspace.config.study import LEVELS
from cfspace.planning.pilots import rank_pilots
from cfspace.present.rundata import RunData, read_run

if TYPE_CHECKING:
    from cfspace.batch.stores import Store
    from cfspace.batch.tasks import Outcome

READ: Final = frozenset({"run.json", "coverage.csv", "scores.csv", "units.gpkg"})
"""What the summary needs of a run."""

FIRST: Final = ("study", "study_name", "snapshot", "rulebook", "unit_level", "unit_id", "unit_name")
LAST: Final = (
    "overall",
    "data_share",
    "children",
    "rank_in_study",
    "rank",
    "n_ranked",
    "pilot_score",
    "pilot_rank",
    "is_firm",
    "is_candidate",
)

KEYS: Final = ["study", "unit_level", "unit_id"]

N_CANDIDATES: Final = 10
"""How many units of a level and rulebook are named as pilot candidates."""

JUDGED: Final = ["study", "unit_level", "unit_id", "scored", "score", "covered_share"]
"""What ranking pilots asks of ``coverage.csv``."""


@dataclass(frozen=True, kw_only=True)
class StudyRows:
    """What one study adds to the summary.

    Attributes
    ----------
    name
        Of its folder.
    run
        The run, as far as it was read.
    scores
        Its rows of the summary, not yet ranked among others.
    coverage
        Of its rows of ``coverage.csv`` what ranking pilots asks: `JUDGED`.
    """

    name: str
    run: RunData
    scores: pd.DataFrame
    coverage: pd.DataFrame


def write_summary(
    store: Store, names: Sequence[str], *, outcomes: Mapping[str, Outcome], lang: str | None, draw: bool
) -> pd.DataFrame:
    """Write ``summary.csv``, ``summary.xlsx`` and ``map.html`` over runs, and return the table.

    Parameters
    ----------
    store
        Where the runs stand.
    names
        The runs to tell of, in order.
    outcomes
        How it went with every study, those that failed among them.
    lang
        Language of spreadsheet and map; default: the first run's.
    draw
        Whether to make spreadsheet and map.
    """
    from cfspace.batch.summary_map import ProvinceMap
    from cfspace.batch.summary_sheets import sheets

    if not names:
        return pd.DataFrame(columns=[*FIRST, *LAST])
    parts, coverage, sketch, language = [], [], ProvinceMap(), lang
    for name in names:
        with store.fetched(name, READ) as folder:
            rows = study_rows(name, folder)
            parts.append(rows.scores)
            coverage.append(rows.coverage)
            language = language or rows.run.language
            if draw:
                sketch.add(rows)
    table = ranked(pd.concat(parts, ignore_index=True), pd.concat(coverage, ignore_index=True))
    store.write("summary.csv", csv_bytes(table))
    if draw:
        failed = {name: outcome for name, outcome in outcomes.items() if not outcome.is_good}
        store.write("summary.xlsx", sheets(table, failed, lang=language or "zh"))
        store.write("map.html", sketch.draw(table, lang=language or "zh").encode())
    return table


def study_rows(name: str, folder: Path) -> StudyRows:
    """Return what a finished run adds to the summary."""
    run = read_run(folder)
    rulebook = run.rulebook
    facts: dict[str, Any] = {
        "study": name,
        "study_name": str(run.study.get("name", name)),
        "snapshot": str(run.study.get("snapshot", "")),
        "rulebook": f"{rulebook.get('name', '')} {rulebook.get('version', '')}".strip(),
    }
    scores = run.scores.rename(columns={"rank": "rank_in_study"})
    for column, value in reversed(facts.items()):
        scores.insert(0, column, value)
    coverage = run.coverage.assign(study=name)
    own = coverage.loc[coverage["scored"].astype(bool), JUDGED]
    return StudyRows(name=name, run=run, scores=scores, coverage=own)


def ranked(scores: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of all studies with their rank among all, and their rank as pilot candidates.

    Ranks are told within a level and a rulebook: scores of two rulebooks are no scores of one scale. A unit
    that has no rank in its own study (no score, or too few children) has none here. Pilot candidates are
    ranked by `cfspace.rank_pilots` with the weights that ship with cfspace; the first `N_CANDIDATES` of each
    level and rulebook are named.

    Parameters
    ----------
    scores, coverage
        Rows as `study_rows` gives them.

    Returns
    -------
    Sorted by rulebook, level (coarse first), rank and study.
    """
    table = scores.assign(level_order=_order_of(scores))
    groups = [table["rulebook"], table["unit_level"]]
    has_rank = table["rank_in_study"].notna()
    table["rank"] = table["overall"].where(has_rank).groupby(groups).rank(ascending=False, method="min")
    table["n_ranked"] = has_rank.groupby(groups).transform("sum")
    table = table.merge(_pilots(scores, coverage), on=KEYS, how="left", validate="one_to_one")
    table["is_candidate"] = table["pilot_rank"] <= N_CANDIDATES
    table["is_firm"] = table["is_firm"].astype(bool) & table["is_candidate"]
    for column in ("rank_in_study", "rank", "n_ranked", "pilot_rank"):
        table[column] = table[column].astype("Int64")
    table = table.sort_values(
        ["rulebook", "level_order", "rank", "study", "unit_id"], kind="stable", ignore_index=True
    )
    tasks = sorted(
        (str(column) for column in table if str(column).startswith("task_")),
        key=lambda column: (len(column), column),
    )
    return table[[*FIRST, *tasks, *LAST]]


def _pilots(scores: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Return each unit's score and rank as a pilot candidate, among the studies of its rulebook."""
    found = []
    for _, own in scores.groupby("rulebook", sort=False):
        judged = coverage[coverage["study"].isin(own["study"].unique())]
        ranking = rank_pilots(own.rename(columns={"rank_in_study": "rank"}), judged)
        named = ranking.rename(columns={"score": "pilot_score", "rank": "pilot_rank"})
        found.append(named[[*KEYS, "pilot_score", "pilot_rank", "is_firm"]])
    table = pd.concat(found, ignore_index=True)
    return table.assign(pilot_rank=table["pilot_rank"].astype("float64"))


def _order_of(scores: pd.DataFrame) -> Any:
    order = {level: place for place, level in enumerate(LEVELS)}
    return scores["unit_level"].map(order).to_numpy(np.int64)


def csv_bytes(table: pd.DataFrame) -> bytes:
    """Return a table as CSV, UTF-8 with BOM, so that spreadsheets read its Chinese."""
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n")
    return text.getvalue().encode("utf-8-sig")
