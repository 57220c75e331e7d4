"""Walk segments as measures ask them: classes, tags, sides, and what lies along them."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cfspace.config.rulebook import Text
from cfspace.indicators.city import City, Floats
from cfspace.indicators.outcome import Codes
from cfspace.indicators.words import say

Truths = NDArray[np.bool_]
Objects = NDArray[np.object_]

FOOTWAYS = ("footway", "path", "pedestrian", "steps")
"""Classes of ways for feet alone."""

SAMPLES = (0.25, 0.5, 0.75)
"""Where along a segment its sides are looked at, as shares of its length."""

NO_STREETS = say(
    en="the study's data hold no street of the classes asked for", zh="研究数据中没有所考察等级的道路"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """Some of a city's segments.

    Attributes
    ----------
    rows
        Their positions in the table of segments.
    frame
        Their attributes; a column that the data lack is all missing.
    lines
        LineStrings in the metric CRS, in the direction of the way.
    length_m
        Lengths in metres.
    """

    rows: Codes
    frame: pd.DataFrame
    lines: Objects
    length_m: Floats

    def text(self, column: str) -> Objects:
        """Return a tag of each segment, None where it is not known."""
        if column not in self.frame.columns:
            return np.full(len(self.frame), None, dtype=object)
        values = self.frame[column].astype(object)
        return np.asarray(values.where(values.notna(), None), dtype=object)

    def number(self, column: str) -> Floats:
        """Return a number of each segment, NaN where it is not known."""
        if column not in self.frame.columns:
            return np.full(len(self.frame), np.nan)
        return self.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)

    def truth(self, column: str) -> Truths:
        """Return a truth of each segment, False where it is not known."""
        if column not in self.frame.columns:
            return np.zeros(len(self.frame), dtype=bool)
        return np.asarray(self.frame[column].fillna(value=False), dtype=bool)

    def where(self, chosen: Truths) -> Streets:
        """Return those of the segments that are chosen."""
        return Streets(
            rows=self.rows[chosen],
            frame=self.frame.loc[chosen],
            lines=self.lines[chosen],
            length_m=self.length_m[chosen],
        )


def all_segments(city: City) -> Streets | None:
    """Return every walk segment of a city, None where there are none."""
    if city.segments is None or city.segments.empty:
        return None
    frame = city.segments.reset_index(drop=True)
    lines = np.asarray(frame.geometry.array, dtype=object)
    attributes = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    lengths = frame["length_m"].to_numpy(dtype=np.float64)
    return Streets(
        rows=np.arange(len(frame), dtype=np.int64), frame=attributes, lines=lines, length_m=lengths
    )


def streets_of(city: City, classes: Iterable[str]) -> Streets | Text:
    """Return the segments of some highway classes, or why there are none."""
    segments = all_segments(city)
    if segments is None:
        return NO_STREETS
    found = segments.where(np.isin(segments.text("highway").astype(str), list(classes)))
    return found if len(found.rows) else NO_STREETS


def foot_bridges(city: City) -> Objects:
    """Return the lines of foot bridges and subways."""
    segments = all_segments(city)
    if segments is None:
        return np.zeros(0, dtype=object)
    for_feet = np.isin(segments.text("highway").astype(str), FOOTWAYS)
    return segments.lines[for_feet & (segments.truth("bridge") | segments.truth("tunnel"))]


def side_rays(lines: Objects, reach_m: float) -> tuple[Objects, Objects]:
    """Return straight rays from points along each line to its left and to its right.

    Returns
    -------
    Two arrays of LineStrings, one column per sample of `SAMPLES`.
    """
    here = shapely.line_interpolate_point(lines[:, None], np.array(SAMPLES)[None, :], normalized=True)
    ahead = shapely.line_interpolate_point(lines[:, None], np.array(SAMPLES)[None, :] + 0.01, normalized=True)
    x, y = shapely.get_x(here), shapely.get_y(here)
    dx, dy = shapely.get_x(ahead) - x, shapely.get_y(ahead) - y
    norm = np.maximum(np.hypot(dx, dy), 1e-12)
    left_x, left_y = -dy / norm * reach_m, dx / norm * reach_m
    return _rays(x, y, left_x, left_y), _rays(x, y, -left_x, -left_y)


def _rays(x: Floats, y: Floats, dx: Floats, dy: Floats) -> Objects:
    ends = np.stack([np.stack([x, y], axis=-1), np.stack([x + dx, y + dy], axis=-1)], axis=-2)
    return np.asarray(shapely.linestrings(ends), dtype=object)


def share_alongside(rays: Objects, others: Objects) -> Floats:
    """Return, per row of rays, the share of them that meet any of the other lines."""
    met = np.zeros(rays.shape, dtype=bool).ravel()
    if len(others):
        met[shapely.STRtree(others).query(rays.ravel(), predicate="intersects")[0]] = True
    return np.asarray(met.reshape(rays.shape).mean(axis=1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Junctions:
    """How segments hang together: the two ends of each, and the segments at each end."""

    ends: NDArray[np.int64]
    at: Mapping[int, list[int]]

    @classmethod
    def of(cls, streets: Streets) -> Junctions:
        """Return the junctions of some segments, by their node ids."""
        ids = streets.frame[["from_node_id", "to_node_id"]].to_numpy(dtype=np.int64)
        ends = np.unique(ids, return_inverse=True)[1].reshape(ids.shape).astype(np.int64)
        at: dict[int, list[int]] = defaultdict(list)
        for segment, (one, other) in enumerate(ends.tolist()):
            at[one].append(segment)
            if other != one:
                at[other].append(segment)
        return cls(ends, at)


def spread(
    junctions: Junctions, length_m: Floats, seeds: Mapping[int, float], limit_m: float
) -> dict[int, float]:
    """Return the metres along the segments to every end within the limit of some seed ends."""
    reached: dict[int, float] = {}
    queue = [(metres, end) for end, metres in sorted(seeds.items())]
    heapq.heapify(queue)
    while queue:
        metres, end = heapq.heappop(queue)
        if end in reached or metres > limit_m:
            continue
        reached[end] = metres
        for segment in junctions.at[end]:
            one, other = junctions.ends[segment]
            beyond = int(other if one == end else one)
            if beyond not in reached:
                heapq.heappush(queue, (metres + float(length_m[segment]), beyond))
    return reached


def bearings(lines: Objects, at_m: Floats) -> Floats:
    """Return the direction of each line at a distance along it, in radians."""
    before = shapely.line_interpolate_point(lines, np.maximum(at_m - 1.0, 0.0))
    after = shapely.line_interpolate_point(lines, at_m + 1.0)
    return np.asarray(
        np.arctan2(shapely.get_y(after) - shapely.get_y(before), shapely.get_x(after) - shapely.get_x(before))
    )


def one_of_two(streets: Streets, merge_m: float) -> Truths:
    """Return where a segment is one carriageway of a street that has two.

    It is a one-way street, and at two of three points of it another of the same class and name runs the other
    way within `merge_m` to a side.
    """
    half = np.zeros(len(streets.rows), dtype=bool)
    rows = np.flatnonzero(streets.truth("oneway"))
    if not len(rows):
        return half
    ones = streets.where(streets.truth("oneway"))
    names, classes = ones.text("name").astype(str), ones.text("highway").astype(str)
    rays = np.concatenate(side_rays(ones.lines, merge_m), axis=1)
    ray, other = shapely.STRtree(ones.lines).query(rays.ravel(), predicate="intersects")
    own = ray // rays.shape[1]
    partner = (own != other) & (names[own] == names[other]) & (classes[own] == classes[other])
    ray, own, other = ray[partner], own[partner], other[partner]
    here = shapely.get_point(rays.ravel()[ray], 0)
    turn = bearings(ones.lines[own], shapely.line_locate_point(ones.lines[own], here)) - bearings(
        ones.lines[other], shapely.line_locate_point(ones.lines[other], here)
    )
    # Opposite within 30 degrees.
    met = np.zeros(rays.size, dtype=bool)
    met[ray[np.cos(turn) < -np.cos(np.pi / 6)]] = True
    samples = met.reshape(len(rows), 2, -1).any(axis=1)
    half[rows] = samples.sum(axis=1) >= 2
    return half
