"""Reading the folder of a finished run: the one source of everything that is drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from cfspace.config.study import LEVELS
from cfspace.errors import RunError
from cfspace.io.csv_cells import unguarded

COVERAGE_NUMBERS: tuple[str, ...] = (
    "value",
    "numerator",
    "denominator",
    "value_low",
    "value_high",
    "goal",
    "score",
    "children",
    "n_facilities",
    "n_unmeasured",
    "covered_share",
)
"""Columns of ``coverage.csv`` that hold numbers; all others hold text, codes included."""

RANGE_NUMBERS: tuple[str, ...] = (
    "score",
    "score_low",
    "score_high",
    "varied_share",
    "quantile_low",
    "quantile_high",
    "draws",
)
"""Likewise of ``task_ranges.csv``."""

PARTIAL_BELOW = 0.9
"""Covered share under which a unit's values are told and not scored, as the design fixes it."""

_TASK = re.compile(r"task_\d+$")
_UNIT_KEYS = ("unit_level", "unit_id", "unit_name")


@dataclass(frozen=True)
class RunData:
    """A finished run, read back from its folder.

    Parameters
    ----------
    run_dir
        The folder.
    meta
        ``run.json`` as read.
    coverage
        ``coverage.csv``: a row per unit, indicator and age band; numbers as floats, `scored` as bool.
    scores
        ``scores.csv``: a row per unit; scores 0-100, NaN where there is none.
    units
        Unit polygons by level, coarse first, EPSG:4326, in the order of their ids.
    """

    run_dir: Path
    meta: dict[str, Any]
    coverage: pd.DataFrame
    scores: pd.DataFrame
    units: dict[str, gpd.GeoDataFrame]

    @property
    def study(self) -> dict[str, Any]:
        """The ``[study]`` section: name, language, snapshot, rulebook."""
        study = self.meta["study"]
        section = study.get("study", study)
        return dict(section)

    @property
    def language(self) -> str:
        """Language of the study, ``zh`` or ``en``."""
        return str(self.meta.get("language") or self.study.get("language") or "zh")

    @property
    def rulebook(self) -> dict[str, Any]:
        """The rulebook in full."""
        return dict(self.meta.get("rulebook") or {})

    @property
    def tasks(self) -> tuple[str, ...]:
        """Numbers of the tasks that have a column in the scores, in its order."""
        return tuple(c.removeprefix("task_") for c in map(str, self.scores) if _TASK.match(c))

    @property
    def are_children(self) -> bool:
        """Whether the weights of homes are children; else they are floor area or all residents."""
        return self.weights_kind == "children"

    @property
    def weights_kind(self) -> str:
        """``children``, ``floor_area_m2`` or ``population``."""
        weights = self.meta.get("weights") or {}
        return str(weights.get("kind", "children"))

    @cached_property
    def uncertainty(self) -> pd.DataFrame:
        """``uncertainty.csv``: how far each value may be off, a row per cause."""
        numbers = ("value_low", "value_high", "score_low", "score_high", "share")
        return _read_csv(self.run_dir / "uncertainty.csv", numbers=numbers, keys=_UNIT_KEYS[:2])

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """``ranks.csv``: how sure the rank of each unit is."""
        return _read_csv(self.run_dir / "ranks.csv", numbers=None)

    @cached_property
    def task_ranges(self) -> pd.DataFrame:
        """``task_ranges.csv``: how sure the score of each task is, in the whole city and in each unit."""
        return _read_csv(self.run_dir / "task_ranges.csv", numbers=RANGE_NUMBERS)

    @cached_property
    def homes(self) -> gpd.GeoDataFrame:
        """Homes, EPSG:4326 points with ``m_<target>`` columns."""
        return _read_parquet(self.run_dir / "homes.parquet")

    @cached_property
    def edge_m(self) -> NDArray[np.float64]:
        """Metres from each home to where the data ends, for homes in units it covers in part; else inf.

        A place that the data does not hold may lie that near: a longer walk is not known to be the shortest.
        """
        homes = self.homes
        partial = np.zeros(len(homes), dtype=bool)
        for level, units in self.units.items():
            ids = units.loc[units["covered_share"] < PARTIAL_BELOW, "unit_id"]
            if f"{level}_id" in homes:
                partial |= homes[f"{level}_id"].isin(ids).to_numpy(dtype=bool)
        if "edge_m" not in homes:
            return np.full(len(homes), np.inf)
        return np.where(partial, homes["edge_m"].to_numpy(dtype=np.float64), np.inf)

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        """Facilities, EPSG:4326, geometry as read."""
        return _read_parquet(self.run_dir / "facilities.parquet")

    @cached_property
    def entrances(self) -> gpd.GeoDataFrame:
        """Entrances, EPSG:4326 points."""
        return _read_parquet(self.run_dir / "entrances.parquet")

    @cached_property
    def segments(self) -> gpd.GeoDataFrame:
        """Walk segments, EPSG:4326 lines."""
        return _read_parquet(self.run_dir / "segments.parquet")

    @cached_property
    def counted(self) -> pd.DataFrame | None:
        """``counted.parquet``: what gates, places, segments and land add; None in older runs."""
        path = self.run_dir / "counted.parquet"
        return pd.read_parquet(path) if path.is_file() else None

    @cached_property
    def land(self) -> gpd.GeoDataFrame:
        """Pieces of residential land with ``area_m2``, EPSG:4326."""
        return _read_parquet(self.run_dir / "residential.parquet")

    @cached_property
    def areas(self) -> gpd.GeoDataFrame | None:
        """Service areas (`target`, `metres`, geometry, EPSG:4326); None where the run kept none."""
        return self._kept("areas")

    @cached_property
    def scenery(self) -> gpd.GeoDataFrame | None:
        """Parks and water for the basemap (`kind`, geometry, EPSG:4326); None where the run kept none."""
        return self._kept("scenery")

    def _kept(self, what: str) -> gpd.GeoDataFrame | None:
        name = self.meta.get(what)
        if not name or not (self.run_dir / str(name)).is_file():
            return None
        return _read_parquet(self.run_dir / str(name))


def read_run(run_dir: Path) -> RunData:
    """Return a finished run from its folder.

    Parameters
    ----------
    run_dir
        A folder that ``cfspace run`` wrote.

    Returns
    -------
    The run; homes, facilities, entrances, segments and scenery are read when first asked for.

    Raises
    ------
    RunError
        If the folder is missing, or a file in it is missing or not readable.
    """
    run_dir = Path(run_dir)
    if not run_dir.is_dir():
        raise RunError(f"{run_dir}: no such folder; give the folder that cfspace run wrote")
    meta = _read_meta(run_dir / "run.json")
    coverage = _read_csv(run_dir / "coverage.csv", numbers=COVERAGE_NUMBERS)
    if "scored" in coverage:
        coverage = coverage.assign(scored=coverage["scored"].str.lower().isin(["true", "1"]))
    scores = _read_csv(run_dir / "scores.csv", numbers=None)
    return RunData(run_dir, meta, coverage, scores, _read_units(run_dir / "units.gpkg"))


def _needs(path: Path) -> Path:
    if not path.is_file():
        raise RunError(f"{path}: missing; the folder is not a finished run, run the study again")
    return path


def _read_meta(path: Path) -> dict[str, Any]:
    _needs(path)
    try:
        meta = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise RunError(f"{path}: not readable as JSON ({error}); run the study again") from error
    if not isinstance(meta, dict) or "study" not in meta:
        raise RunError(f"{path}: holds no study; run the study again")
    return meta


def _read_csv(
    path: Path, *, numbers: tuple[str, ...] | None, keys: tuple[str, ...] = _UNIT_KEYS
) -> pd.DataFrame:
    if not _needs(path).read_bytes().endswith(b"\n"):
        raise RunError(f"{path}: its last row breaks off; run the study again")
    # Everything as text first: codes keep their zeros, and a unit called "NA" keeps its name.
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig").map(unguarded)
    missing = [name for name in keys if name not in table]
    if missing:
        raise RunError(f"{path}: column {missing[0]} is missing; run the study again")
    columns = numbers if numbers is not None else tuple(c for c in table if c not in _UNIT_KEYS)
    for column in columns:
        if column in table:
            table[column] = _numbers(table[column], path=path)
    return table


def _numbers(texts: pd.Series[str], *, path: Path) -> pd.Series[float]:
    try:
        return pd.to_numeric(texts.mask(texts == "")).astype("float64")
    except ValueError as error:
        raise RunError(
            f"{path}: column {texts.name} holds no number ({error}); run the study again"
        ) from error


def _read_units(path: Path) -> dict[str, gpd.GeoDataFrame]:
    with _readable(path):
        layers = [str(row[0]) for row in pyogrio.list_layers(path)]
        units: dict[str, gpd.GeoDataFrame] = {
            level: _read_level(path, level) for level in LEVELS if level in layers
        }
    if not units:
        raise RunError(f"{path}: holds no layer of units; run the study again")
    return units


def _read_level(path: Path, level: str) -> gpd.GeoDataFrame:
    units = gpd.read_file(path, layer=level).to_crs("EPSG:4326")
    units["unit_id"] = units["unit_id"].astype(str)
    return units.sort_values("unit_id", kind="stable").reset_index(drop=True)


def _read_parquet(path: Path) -> gpd.GeoDataFrame:
    with _readable(path):
        frame = gpd.read_parquet(path)
    return frame if frame.crs is None else frame.to_crs("EPSG:4326")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Tell of a file that is missing, or that what is done here cannot read."""
    _needs(path)
    try:
        yield
    except (OSError, ValueError, DataSourceError, DataLayerError, FeatureError) as error:
        raise RunError(f"{path}: not readable ({error}); run the study again") from error
