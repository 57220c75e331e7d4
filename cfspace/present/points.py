"""What the map says about homes and facilities: points, hexagons where there are too many, symbols."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.present.geometry import UNITS_PER_DEG, hexagon_centres, hexagon_of, local_metres, point_steps
from cfspace.present.messages import Catalogue
from cfspace.present.palettes import FAR
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import weights_of
from cfspace.present.wording import kind_label, rules_of, source_label, target_label

MOST_FEATURES = 20_000
"""Above this many, points are summed to hexagons."""

HEXAGON_WIDTHS_M = (50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 800.0, 1200.0, 2000.0)
"""Flat to flat; the first that gives few enough hexagons is taken."""

NOT_REACHED, UNMEASURED, BEYOND_DATA = -1, -2, -3

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "learn": ("#0c62be", ("primary_school", "junior_school", "senior_school", "kindergarten", "childcare")),
    "read": ("#623087", ("library", "bookcase", "museum", "youth_place")),
    "care": ("#b2182b", ("clinic", "hospital", "paediatric_hospital", "nursing_room")),
    "play": ("#1d8047", ("park", "playground", "pitch", "square", "sports_centre")),
    "community": ("#9d5e00", ("children_home", "community_centre", "venue", "toilet")),
    "move": ("#4d4d4d", ("bus_stop", "rail_station", "gate", "crossing")),
}
"""Colour and kinds of each group of facilities; each kind has its own sign within it."""

ATTRIBUTES = (
    "capacity", "beds", "doctors", "area_m2", "floor_area_m2", "visitors_per_day", "host", "inclusive",
    "certified", "wheelchair", "children_area", "opening_hours",
)  # fmt: skip
"""Attributes that a facility's popup tells, where known."""


def page_homes(run: RunData, say: Catalogue, *, most_features: int = MOST_FEATURES) -> dict[str, Any]:
    """Return homes with metres to every target: as points, or as hexagons where there are too many.

    Distances are tens of metres; -1 is searched and not reached, -2 not measured, -3 not known because a
    nearer place may lie beyond the data.
    """
    homes = run.homes
    weights = weights_of(run)
    targets = targets_shown(run)
    metres = np.array(homes[[f"m_{target}" for target in targets]], dtype=np.float64)
    for k, target in enumerate(targets):
        breaks = _distance_breaks(_standard_m(run, target))
        metres[:, k] = np.where(is_beyond_data(metres[:, k], run.edge_m, breaks), -np.inf, metres[:, k])
    x_deg, y_deg = homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy()
    page: dict[str, Any] = {"n": len(homes), "width_m": None}
    if len(homes) > most_features:
        x_deg, y_deg, weights, metres, counts, page["width_m"] = _hexagons(
            x_deg, y_deg, weights, metres, most_features
        )
        page["h"] = [int(n) for n in counts]
        page["corner"] = _corner(float(page["width_m"]), y_deg)
    page |= {"xy": point_steps(x_deg, y_deg), "w": [round(float(w), 1) for w in weights]}
    page["targets"] = [_target(run, say, target, metres[:, k]) for k, target in enumerate(targets)]
    return page


def is_beyond_data(
    metres: NDArray[np.float64], edge_m: NDArray[np.float64], breaks: list[float]
) -> NDArray[np.bool_]:
    """Return where a place beyond the data could lie so near that the walk would be of another class.

    Examples
    --------
    >>> is_beyond_data(np.array([900.0, 900.0, 200.0]), np.array([800.0, 300.0, 10.0]), [250.0, 500.0])
    array([False,  True, False])
    """
    nearest = np.minimum(metres, edge_m)
    return np.asarray(np.searchsorted(breaks, nearest) != np.searchsorted(breaks, metres), dtype=bool)


def targets_shown(run: RunData) -> list[str]:
    """Return the targets that some home reaches, those that the rulebook asks for first, in its order.

    A target that no home reaches is one of which no source lists any place: to colour every home as far
    from it would turn not knowing into being far.
    """
    reached = [
        column.removeprefix("m_")
        for column in map(str, run.homes.columns)
        if column.startswith("m_") and np.isfinite(run.homes[column].to_numpy(dtype=np.float64)).any()
    ]
    ways = [way for rule in rules_of(run.rulebook) for way in (rule, *(rule.get("reach") or []))]
    asked = [str(way["target"]) for way in ways if way.get("target") and way.get("full_m")]
    order = {target: k for k, target in reversed(list(enumerate(asked)))}
    return sorted(reached, key=lambda target: (order.get(target, len(asked)), target))


def _target(run: RunData, say: Catalogue, target: str, metres: NDArray[np.float64]) -> dict[str, Any]:
    full_m = _standard_m(run, target)
    limit_m = float((run.meta.get("limits_m") or {}).get(target, 3000.0))
    return {
        "id": target,
        "name": target_label(say, target, run.rulebook),
        "full_m": full_m,
        "limit_m": round(limit_m),
        "incomplete": not is_complete(run, target),
        "breaks": _distance_breaks(full_m),
        "colours": list(FAR),
        "d": tens_of_metres(metres),
    }


def is_complete(run: RunData, target: str) -> bool:
    """Return whether a home far from a target is known to be far.

    It is not where every kind of the target is one that the source is known to leave out (the rulebook's
    ``absence_unprovable``), and no complete municipal list makes up for it.
    """
    unprovable = set(run.rulebook.get("absence_unprovable") or [])
    declared = {entry.get("id"): entry.get("kinds") or [] for entry in run.rulebook.get("target") or []}
    evidence = run.meta.get("evidence") or {}
    kinds = declared.get(target) or [target]
    return any(kind not in unprovable or evidence.get(kind) == "municipal_complete" for kind in kinds)


def _standard_m(run: RunData, target: str) -> float | None:
    """Return the shortest full distance that the rulebook asks to a target, None where it asks none."""
    ways = [way for rule in rules_of(run.rulebook) for way in (rule, *(rule.get("reach") or []))]
    asked = [float(way["full_m"]) for way in ways if way.get("target") == target and way.get("full_m")]
    return min(asked) if asked else None


def _distance_breaks(full_m: float | None) -> list[float]:
    """Return where the classes part: half, once, twice and four times the standard distance."""
    full_m = full_m or 500.0
    return [full_m / 2, full_m, full_m * 2, full_m * 4]


def tens_of_metres(metres: NDArray[np.float64]) -> list[int]:
    """Return metres as whole tens, rounded up so that 501 m never shows as within 500; -inf is not known.

    Examples
    --------
    >>> tens_of_metres(np.array([500.0, 501.0, np.inf, np.nan, -np.inf]))
    [50, 51, -1, -2, -3]
    """
    tens = np.ceil(np.where(np.isfinite(metres), metres, 0.0) / 10 - 1e-9)
    tens = np.where(np.isnan(metres), UNMEASURED, np.where(np.isinf(metres), NOT_REACHED, tens))
    tens = np.where(np.isneginf(metres), BEYOND_DATA, tens)
    return [int(n) for n in tens]


def _hexagons(
    x_deg: NDArray[np.float64],
    y_deg: NDArray[np.float64],
    weights: NDArray[np.float64],
    metres: NDArray[np.float64],
    most_features: int,
) -> tuple[Any, ...]:
    points_m, back = local_metres(x_deg, y_deg)
    for width_m in HEXAGON_WIDTHS_M:
        cells, inverse, counts = np.unique(
            hexagon_of(points_m, width_m=width_m), axis=0, return_inverse=True, return_counts=True
        )
        if len(cells) <= most_features / 2 or width_m == HEXAGON_WIDTHS_M[-1]:
            break
    inverse = inverse.ravel()
    centres_m = hexagon_centres(cells, width_m=width_m)
    lon, lat = back.transform(centres_m[:, 0], centres_m[:, 1])
    medians = np.empty((len(cells), metres.shape[1]))
    for k, column in enumerate(metres.T):
        medians[:, k] = weighted_medians(column, weights, inverse, len(cells))
    return lon, lat, np.bincount(inverse, weights, len(cells)), medians, counts, width_m


def weighted_medians(
    values: NDArray[np.float64], weights: NDArray[np.float64], group: NDArray[np.int64], n_groups: int
) -> NDArray[np.float64]:
    """Return the lower weighted median of each group; NaN is left out, inf is larger than any number.

    Examples
    --------
    >>> one_group = np.zeros(3, dtype=np.int64)
    >>> weighted_medians(np.array([1.0, 5.0, np.inf]), np.array([1.0, 1.0, 3.0]), one_group, 1)
    array([inf])
    """
    result = np.full(n_groups, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort((values[known], group[known]))]
    groups = group[order]
    # Homes without children still stand somewhere: a tiny weight lets them speak where they are alone.
    running = np.cumsum(weights[order] + 1e-9)
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    ends = np.append(starts[1:], len(groups)) - 1
    for start, end in zip(starts, ends, strict=True):
        before = running[start - 1] if start else 0.0
        half = before + (running[end] - before) / 2
        result[groups[start]] = values[order[np.searchsorted(running[start : end + 1], half) + start]]
    return result


def _corner(width_m: float, y_deg: NDArray[np.float64]) -> list[float]:
    """Return half the width and the radius of a hexagon in 1e-5 degrees of longitude and latitude."""
    lat_scale = UNITS_PER_DEG / 111_320.0
    lon_scale = lat_scale / float(np.cos(np.radians(y_deg.mean())))
    return [round(width_m / 2 * lon_scale, 3), round(width_m / 3**0.5 * lat_scale, 3)]


def page_facilities(
    run: RunData, say: Catalogue, *, most_features: int = MOST_FEATURES
) -> list[dict[str, Any]]:
    """Return facilities by kind: where, name, source and what is known of each; hexagons where too many."""
    facilities = run.facilities
    if len(facilities) == 0:
        return []
    points = facilities.geometry.representative_point()
    facilities = facilities.assign(_x=points.x.to_numpy(), _y=points.y.to_numpy())
    order = {kind: k for k, kind in enumerate(k for _, kinds in GROUPS.values() for k in kinds)}
    kinds = sorted(facilities["kind"].unique(), key=lambda kind: (order.get(kind, 99), kind))
    by_kind = {kind: facilities[facilities["kind"] == kind] for kind in kinds}
    return [_one_kind(run, say, kind, rows, most_features=most_features) for kind, rows in by_kind.items()]


def _gathered(rows: gpd.GeoDataFrame, most_features: int) -> dict[str, Any]:
    """Return a kind of too many places as hexagons with their counts: none is named or told of alone."""
    x_deg, y_deg = rows["_x"].to_numpy(), rows["_y"].to_numpy()
    none = np.empty((len(rows), 0))
    lon, lat, _, _, counts, width_m = _hexagons(x_deg, y_deg, np.ones(len(rows)), none, most_features)
    page: dict[str, Any] = {"xy": point_steps(lon, lat), "h": [int(n) for n in counts], "width_m": width_m}
    return page | {"names": [], "sources": [], "s": [], "a": {}}


def _one_kind(
    run: RunData, say: Catalogue, kind: str, rows: gpd.GeoDataFrame, *, most_features: int
) -> dict[str, Any]:
    rows = rows.sort_values("facility_id", kind="stable")
    colour = next((colour for colour, kinds in GROUPS.values() if kind in kinds), "#4d4d4d")
    sources = sorted(rows["source"].astype(str).unique())
    evidence = str((run.meta.get("evidence") or {}).get(kind, ""))
    page: dict[str, Any] = {
        "kind": kind,
        "name": kind_label(say, kind),
        "sign": say(f"sign.{kind}", default=kind_label(say, kind)[:1].upper()),
        "colour": colour,
        "evidence": say(f"evidence.{evidence}", default=evidence) if evidence else "",
    }
    if len(rows) > most_features:
        return page | _gathered(rows, most_features)
    return page | {
        "xy": point_steps(rows["_x"].to_numpy(), rows["_y"].to_numpy()),
        "names": ["" if pd.isna(name) else str(name) for name in rows["name"]],
        "sources": [source_label(say, source) for source in sources],
        "s": [sources.index(str(source)) for source in rows["source"]],
        "a": _attributes(rows, say),
    }


def _attributes(rows: gpd.GeoDataFrame, say: Catalogue) -> dict[str, list[Any]]:
    """Return the known attributes by label: ``[position, value, position, value, ...]``."""
    found: dict[str, list[Any]] = {}
    for name in ATTRIBUTES:
        if name not in rows:
            continue
        known = [(k, v) for k, v in enumerate(rows[name]) if not (v is None or pd.isna(v))]
        if known:
            label = say(f"attribute.{name}") + (" (m²)" if name.endswith("_m2") else "")
            found[label] = [item for k, v in known for item in (k, _attribute_value(v))]
    return found


def _attribute_value(value: Any) -> Any:
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    return round(float(value), 1) if isinstance(value, (int, float, np.number)) else str(value)
