"""What a plan does, read back from the folder of a scenario: what statement and map are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.errors import RunError
from cfspace.io.csv_cells import read_guarded
from cfspace.planning.compare import ANY
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData, read_run
from cfspace.present.standing import top_level
from cfspace.present.wording import in_language, kind_label, number, rule_of

SMALLEST_CHANGE = 0.5
"""Fewer children than this are none: fractions come from spreading totals over buildings."""


@dataclass(frozen=True)
class Impact:
    """A finished scenario.

    Attributes
    ----------
    run
        The study under the plan.
    before_after, gains
        ``before_after.csv`` and ``gains.csv``.
    """

    run: RunData
    before_after: pd.DataFrame
    gains: pd.DataFrame

    @property
    def plan(self) -> dict[str, Any]:
        """The plan as ``run.json`` holds it."""
        return dict(self.run.meta["plan"])

    @property
    def edits(self) -> list[dict[str, Any]]:
        """Its edits, in order."""
        return list(self.plan["content"]["edit"])

    @cached_property
    def drawn(self) -> gpd.GeoDataFrame:
        """What there is to see of each edit: ``edit``, ``do``, EPSG:4326."""
        return gpd.read_file(self.run.run_dir / "edits.geojson")

    @cached_property
    def home_changes(self) -> pd.DataFrame:
        """What becomes of each home, a column per coverage in which any home changes."""
        return pd.read_parquet(self.run.run_dir / "home_changes.parquet")

    @cached_property
    def fairness(self) -> pd.DataFrame:
        """``fairness_change.csv``; empty where it was not computed."""
        path = self.run.run_dir / "fairness_change.csv"
        return read_guarded(path) if path.is_file() else pd.DataFrame()

    def totals(self) -> pd.DataFrame:
        """Return the children of the whole study per coverage, all its age bands together, in its order.

        Where homes do not weigh children every band holds the same weight, and the band that changes most
        stands for all.
        """
        rows = self.gains[self.gains["unit_level"] == top_level(self.run)]
        columns = ["children", "served_before", "served_after", "gaining", "losing", "nearer", "farther"]
        columns += ["metres_saved", "metres_added", "new_children", "new_served"]
        by_band = rows.groupby(["indicator", "age_band"], sort=False)[columns].sum()
        grouped = by_band.groupby("indicator", sort=False)
        return grouped.sum() if self.run.are_children else grouped.max()

    def by_age(self) -> pd.DataFrame:
        """Return who gains and loses in at least one coverage, by age band."""
        rows = self.gains[
            (self.gains["unit_level"] == top_level(self.run)) & (self.gains["indicator"] == ANY)
        ]
        return rows.groupby("age_band", sort=False)[["children", "gaining", "losing", "new_children"]].sum()

    def by_unit(self, level: str) -> pd.DataFrame:
        """Return who gains and loses in at least one coverage, by unit of a level."""
        rows = self.gains[(self.gains["unit_level"] == level) & (self.gains["indicator"] == ANY)]
        grouped = rows.groupby(["unit_id", "unit_name"], sort=False)[["children", "gaining", "losing"]]
        sums = grouped.sum() if self.run.are_children else grouped.max()
        return sums.reset_index()

    def scores(self) -> pd.DataFrame:
        """Return ``overall`` before and after, by level and unit."""
        return read_guarded(self.run.run_dir / "score_change.csv")


def read_impact(folder: Path) -> Impact:
    """Return a finished scenario from its folder.

    Raises
    ------
    RunError
        If the folder is no run, or not one of a plan.
    """
    run = read_run(folder)
    needed = [folder / name for name in ("before_after.csv", "gains.csv", "edits.geojson")]
    if not run.meta.get("plan") or not all(path.is_file() for path in needed):
        raise RunError(f"{folder}: is not a run of a plan; give a folder that cfspace scenario wrote")
    tables = [read_guarded(path) for path in needed[:2]]
    return Impact(run, *tables)


def moved_indicators(totals: pd.DataFrame) -> pd.DataFrame:
    """Return the coverages of `Impact.totals` in which a walk changes, those of most children first."""
    own = totals.drop(index=ANY, errors="ignore")
    moved = own[(own[["gaining", "losing", "nearer", "farther"]] >= SMALLEST_CHANGE).any(axis=1)]
    order = -(moved["gaining"] + moved["losing"]) * 1e6 - (moved["nearer"] + moved["farther"])
    return moved.loc[order.sort_values(kind="stable").index]


def indicator_title(impact: Impact, indicator: str, say: Catalogue) -> str:
    """Return what an indicator is called."""
    rule = rule_of(impact.run.rulebook, indicator)
    return in_language(rule.get("title", indicator), say.lang)


def edit_text(impact: Impact, edit: dict[str, Any], say: Catalogue) -> str:
    """Return an edit of a plan in words."""
    own = str(edit.get("facility", ""))
    name = impact.plan.get("facilities", {}).get(own, "")
    do = str(edit["do"])
    values = {
        "kind": kind_label(say, str(edit.get("kind", ""))) if edit.get("kind") else "",
        "name": str(edit.get("name") or edit.get("id") or ""),
        "facility": f"{name} ({kind_label(say, own.split('/')[0])})" if name else own,
        "street": str(edit.get("way") or edit.get("id") or _place(edit.get("at"))),
        "what": _values(edit, say),
        "children": number(say, float(np.sum([*edit.get("children", {}).values(), 0.0]))),
    }
    if do == "add_homes" and not edit.get("children"):
        do, size = "add_floor", edit.get("floor_area_m2") or edit.get("residents") or 0.0
        values["what"] = number(say, float(size))
    text = say(f"impact.do_{do}", **values).strip()
    note = str(edit.get("note") or "")
    return f"{text} – {note}" if note else text


def _place(at: object) -> str:
    return f"{at[0]:.5f}, {at[1]:.5f}" if isinstance(at, list | tuple) else ""


def _values(edit: dict[str, Any], say: Catalogue) -> str:
    """Return the attributes an edit sets, in words."""
    given = dict(edit.get("attributes") or {})
    for key in ("sidewalk", "sidewalk_width_m", "maxspeed_kmh", "lit", "ramp"):
        if edit.get(key) is not None:
            given[key] = edit[key]
    texts = []
    for key, value in given.items():
        name = say(f"attribute.{key}", default=say(f"impact.set_{key}", default=key))
        told = say("impact.yes" if value else "impact.no") if isinstance(value, bool) else value
        told = say(f"impact.side_{value}") if key == "sidewalk" else told
        texts.append(f"{name} {told}")
    return say("list").join(texts)
