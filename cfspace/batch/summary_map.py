"""The map over all studies: the map of a run, of all their units together."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cfspace.batch.summary import StudyRows
from cfspace.config.study import LEVELS
from cfspace.present.geometry import M_PER_DEG, tolerance_deg
from cfspace.present.maps import draw_map
from cfspace.present.messages import catalogue

MOST_UNITS: Final = 4_000
"""Units that a page shows well; levels that go beyond it, finest first, are left to the table."""

SCREEN: Final = 4_000
"""Steps across the map that outlines are told in."""

HIDDEN: Final = ".cf-modes, #cf-kinds-box { display: none; }"
"""Controls of homes and facilities, of which this map shows none."""

PILOT: Final = "PILOT"
"""What the series of pilot scores is called where others have an indicator's name."""


@dataclass
class ProvinceMap:
    """Units of many runs, collected one run at a time so that only what is drawn is held.

    Attributes
    ----------
    metas, units, coverage
        By study: ``run.json``, polygons by level with ids ``study/unit``, and what the page shows of them.
    """

    metas: dict[str, dict[str, Any]] = field(default_factory=dict)
    units: dict[str, dict[str, gpd.GeoDataFrame]] = field(default_factory=dict)
    coverage: dict[str, pd.DataFrame] = field(default_factory=dict)

    def add(self, rows: StudyRows) -> None:
        """Take in a study."""
        run, name = rows.run, rows.name
        kept = ["unit_id", "unit_name", "covered_share", "geometry"]
        self.metas[name] = run.meta
        self.units[name] = {level: _with_ids(frame[kept], name) for level, frame in run.units.items()}
        self.coverage[name] = _with_ids(run.coverage, name)

    def draw(self, table: pd.DataFrame, *, lang: str) -> str:
        """Return ``map.html`` over all studies.

        Parameters
        ----------
        table
            As `cfspace.batch.summary.ranked` gives it: ranks on the map are those among all.
        lang
            ``zh`` or ``en``.
        """
        self._keep_one_rulebook(table)
        levels = self._levels()
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            self._write_units(levels, folder)
            own = table[table["study"].isin(list(self.units)) & table["unit_level"].isin(levels)]
            scores = _with_ids(own, own["study"])
            scores[[column for column in scores if _is_of_scores(str(column))]].to_csv(
                folder / "scores.csv", index=False
            )
            self._coverage(levels, scores, lang).to_csv(folder / "coverage.csv", index=False)
            (folder / "run.json").write_text(json.dumps(self._meta(lang)), encoding="utf-8")
            _write_nothing_else(folder)
            return draw_map(folder, lang=lang).replace("</head>", f"<style>{HIDDEN}</style>\n</head>", 1)

    def _keep_one_rulebook(self, table: pd.DataFrame) -> None:
        """Leave out studies of another rulebook than most: their scores are none of the same scale."""
        of_study = table.drop_duplicates("study").set_index("study")["rulebook"]
        most = of_study.value_counts(sort=True).index[0]
        for name in [name for name in self.units if of_study.get(name) != most]:
            del self.metas[name], self.units[name], self.coverage[name]

    def _levels(self) -> list[str]:
        counts: dict[str, int] = {
            level: sum(len(frames[level]) for frames in self.units.values() if level in frames)
            for level in LEVELS
        }
        there = [str(level) for level in LEVELS if counts[level]]
        totals = np.cumsum([counts[level] for level in there])
        return [level for level, total in zip(there, totals, strict=True) if total <= MOST_UNITS] or there[:1]

    def _write_units(self, levels: list[str], folder: Path) -> None:
        for level in levels:
            frames = [frames[level] for frames in self.units.values() if level in frames]
            units = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs="EPSG:4326")
            west, _, east, _ = units.total_bounds
            width_m = (east - west) * M_PER_DEG * np.cos(np.radians(units.total_bounds[1::2].mean()))
            shapes = shapely.make_valid(units.geometry.to_numpy())
            units.geometry = shapely.coverage_simplify(shapes, tolerance_deg(width_m / SCREEN))
            units.to_file(folder / "units.gpkg", layer=level, driver="GPKG")

    def _coverage(self, levels: list[str], scores: pd.DataFrame, lang: str) -> pd.DataFrame:
        rows = pd.concat(self.coverage.values(), ignore_index=True)
        # Numbers of all bands together: those by age stand in each study's own map.
        rows = rows[rows["unit_level"].isin(levels) & rows["scored"].astype(bool)]
        return pd.concat([_pilot_rows(scores, rows, lang), rows], ignore_index=True)

    def _meta(self, lang: str) -> dict[str, Any]:
        first = next(iter(self.metas.values()))
        days = sorted(str(meta["study"]["study"]["snapshot"]) for meta in self.metas.values())
        kinds = {str(meta["weights"]["kind"]) for meta in self.metas.values()}
        licences = [str(line) for meta in self.metas.values() for line in meta.get("licences") or []]
        name = catalogue(lang)("batch.studies", n=len(self.metas))
        name += f" ({days[0]} – {days[-1]})" if days[0] != days[-1] else ""
        reasons = [
            {**reason, "unit_id": f"{study}/{reason['unit_id']}"}
            for study, meta in self.metas.items()
            for reason in meta.get("reasons") or []
        ]
        return {
            "cfspace": first["cfspace"],
            "language": lang,
            "study": {"study": {"name": name, "language": lang, "snapshot": days[-1], "rulebook": ""}},
            "rulebook": first["rulebook"],
            "weights": {"kind": kinds.pop() if len(kinds) == 1 else "population"},
            "licences": list(dict.fromkeys(licences)),
            "reasons": reasons,
        }


def _is_of_scores(column: str) -> bool:
    known = ("unit_level", "unit_id", "unit_name", "overall", "data_share", "rank", "children")
    return column in known or column.startswith("task_")


def _with_ids(frame: pd.DataFrame, study: Any) -> Any:
    """Return rows whose unit ids begin with their study's name: two cities may use the same codes."""
    return frame.assign(unit_id=study + "/" + frame["unit_id"].astype(str))


def _pilot_rows(scores: pd.DataFrame, rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return the scores of pilot candidates as a series of the map."""
    say = catalogue(lang)
    told = scores[["unit_level", "unit_id", "unit_name"]].assign(
        task=say("batch.candidates"),
        indicator=PILOT,
        title=say("batch.pilot_score"),
        age_band="all",
        value=scores["pilot_score"],
        value_unit=say("batch.pilot_unit"),
        scored=True,
        status=np.where(scores["pilot_score"].notna(), "ok", "no_data"),
        children=scores["children"],
        confidence="design",
        source=say("batch.pilot_note"),
    )
    return told.reindex(columns=rows.columns)


def _write_nothing_else(folder: Path) -> None:
    """Write the files of a run that a map over many studies leaves out: homes, places and streets."""
    nothing: dict[str, list[str]] = {"home_id": []}
    columns = {
        "homes": nothing,
        "facilities": {"facility_id": [], "kind": [], "name": [], "source": []},
        "entrances": {"facility_id": [], "kind": []},
        "segments": {"highway": []},
    }
    for name, empty in columns.items():
        gpd.GeoDataFrame(empty, geometry=[], crs="EPSG:4326").to_parquet(folder / f"{name}.parquet")
