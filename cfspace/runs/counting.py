"""Which facilities a number of a finished run rests on, and for how many homes and children each counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import geopandas as gpd
import pandas as pd

from cfspace.config.rulebook import BundleRule, CoverageRule, Reach, Rule, Rulebook
from cfspace.present.rundata import RunData
from cfspace.rulebooks import match_target
from cfspace.runs.rewalking import Walks

PLACE_COLUMNS = ("facility_id", "kind", "name", "source")


def matching(run: RunData, target: str) -> pd.DataFrame:
    """Return the facilities that belong to a target."""
    known = Rulebook.model_validate(run.rulebook).targets(run.facilities["kind"].unique())
    own: pd.DataFrame = run.facilities[match_target(known[target], run.facilities).matches]
    return own


def places_inside(run: RunData, rule: Rule, row: pd.Series) -> pd.DataFrame:
    """Return the facilities of an indicator's targets that lie in the unit."""
    columns = ["target", *PLACE_COLUMNS, *_attributes(run, rule)]
    found = [matching(run, target).assign(target=target) for target in rule.uses()]
    own = [one.loc[one[f"{row['unit_level']}_id"] == row["unit_id"], columns] for one in found]
    table = pd.concat(own) if own else pd.DataFrame(columns=columns)
    return pd.DataFrame(table).sort_values(["target", "facility_id"], ignore_index=True)


def _attributes(run: RunData, rule: Rule) -> list[str]:
    """Return the attributes of facilities that a rule speaks of, in the order of its text."""
    named = [str(value) for value in _texts(rule.model_dump(exclude={"title", "meaning", "source", "note"}))]
    parts = [part for text in named for part in text.split(".")]
    own = [part for part in dict.fromkeys(parts) if part in run.facilities.columns]
    return [name for name in own if name not in (*PLACE_COLUMNS, "geometry")]


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def walked(run: RunData, rule: CoverageRule | BundleRule, homes: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Return, by target, the facility that each home is nearest to."""
    walks = Walks(run)
    limits = run.meta["limits_m"]
    return {
        target: walks.nearest(homes, matching(run, target)["facility_id"], max_walk_m=float(limits[target]))[
            "facility_id"
        ]
        for target in rule.uses()
    }


def places_walked_to(
    run: RunData, rule: CoverageRule | BundleRule, homes: gpd.GeoDataFrame, bands: tuple[str, ...]
) -> pd.DataFrame:
    """Return the facilities that homes of a unit are nearest to, by way to be served."""
    found = []
    for way in rule.ways():
        own = [f"children_{band}" for band in bands if not way.who or band in way.who]
        if own:
            children = run.homes.loc[homes.index, own].sum(axis=1)
            found.append(_of_way(run, way, homes, children))
    table = pd.concat(found, ignore_index=True)
    order = ["target", "full_m", "children_within", "children", "facility_id"]
    return table.sort_values(order, ascending=[True, True, False, False, True], ignore_index=True)


def _of_way(run: RunData, way: Reach, homes: gpd.GeoDataFrame, children: pd.Series[float]) -> pd.DataFrame:
    """Return, for one way to be served, the facilities that homes are nearest to."""
    metres = homes[f"m_{way.target}"]
    within = metres <= way.full_m
    numbers = pd.DataFrame(
        {
            "facility_id": homes[f"nearest_{way.target}"].astype(object),
            "n_homes": 1,
            "children": children,
            "n_within": within.astype(int),
            "children_within": children.where(within, 0.0),
            "nearest_m": metres,
            "farthest_m": metres,
        }
    )
    how = dict.fromkeys(("n_homes", "children", "n_within", "children_within"), "sum")
    sums = numbers.groupby("facility_id").agg(how | {"nearest_m": "min", "farthest_m": "max"}).reset_index()
    named = pd.DataFrame(run.facilities[[*PLACE_COLUMNS]]).drop_duplicates("facility_id")
    table = sums.merge(named, on="facility_id", how="left").assign(target=way.target, full_m=way.full_m)
    return table[["target", "full_m", *PLACE_COLUMNS, *sums.columns[1:]]]
