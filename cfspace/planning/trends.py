"""Change between two snapshots: what was built, what was only mapped, and what is within its uncertainty."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

SAME_PLACE_M: Final = 60.0
"""Two places of one kind this near, and of one name or none, are one place of which the id has changed."""

CHANGES: Final = ("built", "mapped", "unclear", "closed", "unmapped", "moved")
FACILITY_COLUMNS: Final = (
    "change",
    "kind",
    "facility_id",
    "name",
    "source",
    "start_date",
    "reason",
    "lon_deg",
    "lat_deg",
)
OSM_ID = re.compile(r"(node|way|relation)/(\d+)")
_DATE = re.compile(r"\s*(\d{4})(?:[-/.年](\d{1,2}))?(?:[-/.月](\d{1,2}))?日?\s*")


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What one run knows of places.

    Attributes
    ----------
    day
        The date of its study.
    facilities
        EPSG:4326: ``facility_id``, ``kind``, ``name``, ``source``, ``source_id``, optional ``start_date``.
    evidence
        By kind: ``municipal_complete``, ``municipal``, ``osm`` or ``none``.
    osm_ids
        By ``node``, ``way`` and ``relation``, the highest id that its OSM data is known to hold: OSM gives
        out ids in order, so an object of a lower id was there already.
    """

    day: dt.date
    facilities: gpd.GeoDataFrame
    evidence: Mapping[str, str]
    osm_ids: Mapping[str, int]


def parsed_day(text: object) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day that a date can mean, None where it is no date.

    Examples
    --------
    >>> [str(day) for day in parsed_day("2027-03")]
    ['2027-03-01', '2027-03-31']
    >>> [str(day) for day in parsed_day("2026年9月30日")]
    ['2026-09-30', '2026-09-30']
    >>> parsed_day("before the war") is None
    True
    """
    found = _DATE.fullmatch(str(text)) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        first = dt.date(year or 1, month or 1, day or 1)
        if day is not None:
            return first, first
        last = (
            dt.date((year or 1) + 1, 1, 1) if month in (None, 12) else dt.date(year or 1, (month or 0) + 1, 1)
        )
    except ValueError:
        return None
    return first, last - dt.timedelta(days=1)


def facility_changes(before: Snapshot, after: Snapshot) -> pd.DataFrame:
    """Return the places that came or went between two snapshots, and what that means.

    Returns
    -------
    `FACILITY_COLUMNS`, sorted. `change` of a place that only `after` has: ``built`` if its opening date lies
    between the snapshots, or it is new on a list that was complete then; ``mapped`` if it opened before the
    first snapshot, or is an OSM object that was there already under its id; else ``unclear``. Of one that
    only `before` has: ``closed`` if a municipal list no longer holds it, else ``unmapped``. `reason` says by
    what this is known.
    """
    came, went = _unmatched(before.facilities, after.facilities)
    rows = [_came(row, before, after) for row in _rows(after.facilities[came])]
    rows += [_went(row, after) for row in _rows(before.facilities[went])]
    table = pd.DataFrame(rows, columns=list(FACILITY_COLUMNS))
    order = table["change"].map({name: i for i, name in enumerate(CHANGES)})
    return (
        table.assign(order=order)
        .sort_values(["order", "kind", "facility_id"])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def _rows(frame: gpd.GeoDataFrame) -> list[dict[str, object]]:
    points = frame.geometry.representative_point()
    table = pd.DataFrame(frame.drop(columns="geometry")).assign(lon_deg=points.x, lat_deg=points.y)
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _told(row: dict[str, object], change: str, reason: str) -> dict[str, object]:
    cells = {name: row.get(name) for name in FACILITY_COLUMNS}
    return {**cells, "change": change, "reason": reason}


def _came(row: dict[str, object], before: Snapshot, after: Snapshot) -> dict[str, object]:
    days = parsed_day(row.get("start_date"))
    if days is not None:
        if days[1] <= before.day:
            return _told(row, "mapped", "opened_before")
        if days[0] > before.day and days[1] <= after.day:
            return _told(row, "built", "opened_between")
        return _told(row, "unclear", "date_too_coarse" if days[0] <= before.day else "opens_later")
    is_listed = "municipal" in str(row["source"])
    if is_listed and before.evidence.get(str(row["kind"])) == "municipal_complete":
        return _told(row, "built", "new_on_complete_list")
    ids = [(kind, int(own)) for kind, own in OSM_ID.findall(str(row["source_id"]))]
    if ids and all(own <= before.osm_ids.get(kind, 0) for kind, own in ids):
        return _told(row, "mapped", "object_was_there")
    return _told(row, "unclear", "new_on_list" if is_listed else "no_date")


def _went(row: dict[str, object], after: Snapshot) -> dict[str, object]:
    evidence = after.evidence.get(str(row["kind"]), "none")
    if evidence == "municipal_complete":
        return _told(row, "closed", "not_on_complete_list")
    if "municipal" in str(row["source"]) and evidence == "municipal":
        return _told(row, "closed", "off_the_list")
    return _told(row, "unmapped", "not_mapped_any_more")


def _unmatched(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows of `after` and of `before` are in the other under no id, and at no place either."""
    came = np.ones(len(after), bool)
    went = np.ones(len(before), bool)
    for kind in sorted(set(before["kind"]) & set(after["kind"])):
        old, new = (np.flatnonzero((frame["kind"] == kind).to_numpy()) for frame in (before, after))
        pairs = [*_by_object(before, after, old, new)]
        _take(pairs, went, came)
        old, new = old[went[old]], new[came[new]]
        _take(_by_place(before, after, old, new), went, came)
    return came, went


def _take(pairs: list[tuple[int, int]], went: NDArray[np.bool_], came: NDArray[np.bool_]) -> None:
    for one, other in pairs:
        if went[one] and came[other]:
            went[one], came[other] = False, False


def _parts(source_id: object) -> list[str]:
    return [part for part in str(source_id).split("+") if part]


def _by_object(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, old: NDArray[np.int64], new: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return pairs that share an OSM object; rows of lists move when others come before them."""
    at: dict[str, int] = {}
    for row in old.tolist():
        for part in _parts(before["source_id"].iloc[row]):
            if OSM_ID.fullmatch(part):
                at.setdefault(part, row)
    return [
        (at[part], row) for row in new.tolist() for part in _parts(after["source_id"].iloc[row]) if part in at
    ]


def _by_place(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, old: NDArray[np.int64], new: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return pairs of one kind at one place, or of one name not far away; the nearest first."""
    if not len(old) or not len(new):
        return []
    here, there = (
        frame.geometry.iloc[rows].representative_point() for frame, rows in ((before, old), (after, new))
    )
    squeeze = np.cos(np.radians(float(there.y.mean())))
    dx = (here.x.to_numpy()[:, None] - there.x.to_numpy()[None, :]) * squeeze * 111_320.0
    away_m = np.hypot(dx, (here.y.to_numpy()[:, None] - there.y.to_numpy()[None, :]) * 111_320.0)
    names = [frame["name"].iloc[rows].to_numpy(object) for frame, rows in ((before, old), (after, new))]
    blank = [pd.isna(one) for one in names]
    same = (names[0][:, None] == names[1][None, :]) & ~blank[0][:, None]
    differs = ~same & ~blank[0][:, None] & ~blank[1][None, :]
    fits = (same & (away_m <= 10 * SAME_PLACE_M)) | (~differs & (away_m <= SAME_PLACE_M))
    one, other = np.nonzero(fits)
    order = np.argsort(away_m[one, other] - np.where(same[one, other], 1e6, 0.0), kind="stable")
    return [(int(old[one[k]]), int(new[other[k]])) for k in order]


TREND_KEYS: Final = ("unit_level", "unit_id", "indicator", "age_band")


def coverage_changes(
    before: pd.DataFrame, after: pd.DataFrame, *, doubted: pd.MultiIndex | None = None
) -> pd.DataFrame:
    """Return the change of every value between two snapshots, with its interval.

    Parameters
    ----------
    before, after
        ``coverage.csv`` of two runs by one rulebook.
    doubted
        `TREND_KEYS` of rows of which more was looked at than whether lists are complete and answers known.

    Returns
    -------
    Unit, indicator and age band; ``value_before``, ``value_after``, ``change``; ``change_low`` and
    ``change_high``, what the change would be at the ends of both intervals, NaN where one is not known;
    ``is_beyond_uncertainty``: ``yes`` if that interval leaves out 0, ``no`` if not, ``unknown`` where there
    is none, empty where nothing changed or a value is missing. Where both values are told without any width
    because all that was looked at are complete lists and known answers, the verdict is ``unknown`` too: that
    nothing was found to be off is not that nothing is.
    """
    told = [*TREND_KEYS[:2], "unit_name", "task", *TREND_KEYS[2:], "title", "value_unit"]
    own = ["value", "value_low", "value_high", "score", "children", "status"]
    both = after[[*told, *own]].merge(
        before[[*TREND_KEYS, *own]], on=list(TREND_KEYS), suffixes=("_after", "_before"), validate="1:1"
    )
    change = both["value_after"] - both["value_before"]
    low = both["value_low_after"] - both["value_high_before"]
    high = both["value_high_after"] - both["value_low_before"]
    keys = pd.MultiIndex.from_frame(both[[*TREND_KEYS]])
    looked_at = np.zeros(len(both), bool) if doubted is None else keys.isin(doubted)
    says_nothing = (high - low <= 1e-12) & ~looked_at
    verdict = np.select(
        [
            change.isna() | (change.abs() < 1e-12),
            low.isna() | high.isna() | says_nothing,
            (low > 0) | (high < 0),
        ],
        ["", "unknown", "yes"],
        default="no",
    )
    columns = [f"{name}_{when}" for name in own for when in ("before", "after")]
    return both[[*told, *columns]].assign(
        change=change,
        change_low=low,
        change_high=high,
        score_change=both["score_after"] - both["score_before"],
        is_beyond_uncertainty=verdict,
    )
