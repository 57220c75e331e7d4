"""A city larger than memory: in one piece it fails under a limit, by `cfspace split` it is computed."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cities import write_city
from benchmarks.processes import finished
from benchmarks.results import Check, JobResult, Table
from benchmarks.settings import Settings
from benchmarks.timing import check
from cfspace.batch.batch import Batch, run_batch
from cfspace.batch.splitting import margin_m
from cfspace.rulebooks import load_rulebook

SEED = 7
UNLIMITED = 5_000
"""Cities up to this size are not put under a limit: what Python and its libraries take is all they need."""

LIMIT_SHARE = 0.8
"""Of the most memory that the whole city held, what a study may hold then."""

GOAL_SHARE = 0.7
KEY = ["unit_level", "unit_id", "indicator", "age_band"]
SAME = ["value_unit", "goal", "scored", "status", "evidence"]
CLOSE = ["value", "numerator", "denominator", "score", "children", "covered_share"]


def run(settings: Settings) -> JobResult:
    """Compute a city in one piece; split it; compute its parts, and try the whole, under a limit."""
    size, n_parts = settings.split
    result = JobResult(job="split", title=f"A city of {size:,} junctions in one piece and in {n_parts}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        study = write_city(folder / "city", size, seed=SEED, n_districts=16, streets_per_side=16)
        whole = run_batch(study, folder / "whole", cache=False, draw=False)
        check(not whole.failed, "split: the whole city")
        rows = [_row("in one piece", whole, "city")]
        peak_mb = _peak_mb(whole, "city")
        limit_mb = LIMIT_SHARE * peak_mb if size > UNLIMITED else None
        words = ["split", str(study), "--parts", str(n_parts), "--out", str(folder / "parts")]
        split = finished(["-m", "cfspace", *words])
        rows.append(("cfspace split", f"{split.wall_s:.0f}", f"{split.peak_mb:,.0f}"))
        parts = sorted((folder / "parts").glob("*.toml"))
        joined = run_batch(parts, folder / "joined", cache=False, draw=False, memory_mb=limit_mb)
        check(not joined.failed, f"split: {[one.message[-300:] for one in joined.failed.values()]}")
        rows += [_row(f"part {name.rpartition('-')[2]}", joined, name) for name in joined.outcomes]
        most_mb = max(split.peak_mb, *(_peak_mb(joined, name) for name in joined.outcomes))
        _tell_numbers(result, whole, joined)
        if limit_mb is not None:
            _tell_memory(result, most_mb, peak_mb)
            again = run_batch(study, folder / "again", cache=False, draw=False, memory_mb=limit_mb)
            _tell_limit(result, again, joined, limit_mb)
    result.tables.append(
        Table(title="All tables, no pictures", columns=("what", "seconds", "peak MB"), rows=tuple(rows))
    )
    margin = margin_m(load_rulebook("jilin-2022"), 200.0)
    side_km = 80.0 * size**0.5 / 1000.0
    result.notes.append(
        f"The city is {side_km:.0f} km across; with jilin-2022 every part reads {margin / 1000:.1f} km "
        "around its units, since a library of the largest size is looked for 9 km away. A split pays where "
        "parts are large beside that margin, and not for a city of 25 km."
    )
    return result


def _peak_mb(batch: Batch, name: str) -> float:
    record = json.loads((Path(batch.out) / name / "run.json").read_text(encoding="utf-8"))
    return float(record["peak_memory_mb"])


def _row(what: str, batch: Batch, name: str) -> tuple[str, ...]:
    return what, f"{batch.outcomes[name].seconds:.0f}", f"{_peak_mb(batch, name):,.0f}"


def _coverage(batch: Batch) -> pd.DataFrame:
    """Return the rows of all studies of a batch, by unit, indicator and age band."""
    tables = [
        pd.read_csv(Path(batch.out) / name / "coverage.csv", dtype={"unit_id": str})
        for name in batch.outcomes
    ]
    return pd.concat(tables).set_index(KEY).sort_index()


def _tell_numbers(result: JobResult, whole: Batch, joined: Batch) -> None:
    one, other = _coverage(whole), _coverage(joined)
    check(one.index.equals(other.index), "split: rows of the parts")
    is_same = np.ones(len(one), dtype=np.bool_)
    for column in SAME:
        is_same &= (one[column].eq(other[column]) | (one[column].isna() & other[column].isna())).to_numpy()
    for column in CLOSE:
        values = one[column].to_numpy(float), other[column].to_numpy(float)
        is_same &= np.isclose(*values, rtol=1e-9, atol=1e-9, equal_nan=True)
    n_told = int(one["value"].notna().sum())
    result.checks.append(
        Check(
            what=f"rows of the parts that are those of the whole, to 1e-9 ({n_told:,} have a value)",
            value=f"{int(is_same.sum()):,} of {len(one):,}",
            goal="all",
            is_met=bool(is_same.all()),
        )
    )


def _tell_memory(result: JobResult, most_mb: float, peak_mb: float) -> None:
    share = most_mb / peak_mb
    result.checks.append(
        Check(
            what="most memory of a part, or of splitting, over that of the whole",
            value=f"{share:.2f} ({most_mb:,.0f} / {peak_mb:,.0f} MB)",
            goal=f"<= {GOAL_SHARE}",
            is_met=share <= GOAL_SHARE,
        )
    )


def _tell_limit(result: JobResult, whole: Batch, parts: Batch, limit_mb: float) -> None:
    (failed,) = whole.failed.values() if whole.failed else (None,)
    ended = "was computed" if failed is None else f"failed ({failed.state})"
    n_good = len(parts.outcomes) - len(parts.failed)
    result.checks.append(
        Check(
            what=f"where a study may hold {limit_mb:,.0f} MB (`cfspace batch --memory`)",
            value=f"the whole {ended}, {n_good} of {len(parts.outcomes)} parts were computed",
            goal="parts alone",
            is_met=failed is not None and n_good == len(parts.outcomes),
        )
    )
    if failed is not None:
        words = failed.message.partition(": ")[2] or failed.message
        result.notes.append(f"What is said of the whole under that limit: `{words}`")
