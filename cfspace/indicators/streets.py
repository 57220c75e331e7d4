"""Walk segments as measures ask them: classes, tags, sides, and what lies along them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
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
    kept: Streets = city.once("segments", lambda: _all_of(city.segments))
    return kept


def _all_of(segments: gpd.GeoDataFrame) -> Streets:
    frame = segments.reset_index(drop=True)
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
    found = segments.where(np.isin(_highways(city, segments), list(classes)))
    return found if len(found.rows) else NO_STREETS


def _highways(city: City, segments: Streets) -> NDArray[np.str_]:
    kept: NDArray[np.str_] = city.once("highways", lambda: segments.text("highway").astype(str))
    return kept


def lines_for_feet(city: City) -> Objects:
    """Return the lines of ways for feet alone."""
    segments = all_segments(city)
    if segments is None:
        return np.zeros(0, dtype=object)
    return segments.lines[np.isin(_highways(city, segments), FOOTWAYS)]


def foot_bridges(city: City) -> Objects:
    """Return the lines of foot bridges and subways."""
    segments = all_segments(city)
    if segments is None:
        return np.zeros(0, dtype=object)
    for_feet = np.isin(_highways(city, segments), FOOTWAYS)
    return segments.lines[for_feet & (segments.truth("bridge") | segments.truth("tunnel"))]


def side_rays(lines: Objects, reach_m: float) -> tuple[Objects, Objects]:
    """Return straight rays from points along each line to its left and to its right.

    Returns
    -------
    Two arrays of LineStrings, one column per sample of `SAMPLES`.
    """
    length_m, row = shapely.length(lines), np.repeat(np.arange(len(lines)), len(SAMPLES))
    at_m = length_m[:, None] * np.array(SAMPLES)
    (x, y), (ahead_x, ahead_y) = (
        [axis.reshape(at_m.shape) for axis in places_along(lines, row, metres.ravel())]
        for metres in (at_m, at_m + 0.01 * length_m[:, None])
    )
    dx, dy = ahead_x - x, ahead_y - y
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
    """How segments hang together.

    Attributes
    ----------
    ends
        The two ends of each segment, shape (n_segments, 2).
    segments, first
        The segments at each end one after the other, and where those of each end begin.
    """

    ends: NDArray[np.int64]
    segments: Codes
    first: Codes

    @classmethod
    def of(cls, streets: Streets) -> Junctions:
        """Return the junctions of some segments, by their node ids."""
        ids = streets.frame[["from_node_id", "to_node_id"]].to_numpy(dtype=np.int64)
        names, ends = np.unique(ids, return_inverse=True)
        ends = ends.reshape(ids.shape).astype(np.int64)
        # A segment back to where it begins stands there once.
        once = np.flatnonzero((np.array([[True, False]]) | (ends[:, :1] != ends)).ravel())
        order = once[np.argsort(ends.ravel()[once], kind="stable")]
        counts = np.bincount(ends.ravel()[once], minlength=len(names))
        return cls(ends, order // 2, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))

    def at(self, end: int) -> list[int]:
        """Return the segments at an end, in their order."""
        found: list[int] = self.segments[self.first[end] : self.first[end + 1]].tolist()
        return found


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
        for segment in junctions.at(end):
            one, other = junctions.ends[segment]
            beyond = int(other if one == end else one)
            if beyond not in reached:
                heapq.heappush(queue, (metres + float(length_m[segment]), beyond))
    return reached


def places_along(lines: Objects, row: Codes, at_m: Floats) -> tuple[Floats, Floats]:
    """Return x and y of places on lines, each so many metres along the line `row`, within its ends.

    As ``shapely.line_interpolate_point``, without making a geometry for each: tens of thousands of these
    keep the collector of garbage busier than the measure itself.

    Examples
    --------
    >>> bent = np.array([shapely.LineString([(0, 0), (3, 0), (3, 4)])])
    >>> places_along(bent, np.array([0, 0, 0]), np.array([1.0, 5.0, 99.0]))
    (array([1., 3., 3.]), array([0., 2., 4.]))
    """
    points, line = shapely.get_coordinates(lines, return_index=True)
    way = np.diff(points, axis=0, append=points[-1:])
    step_m = np.sqrt((way**2).sum(axis=1))
    end = np.searchsorted(line, row, side="right") - 2  # where the last step of each line begins
    here, left_m = np.searchsorted(line, row), np.array(at_m)
    beyond = np.flatnonzero((left_m > step_m[here]) & (here < end))
    while len(beyond):
        left_m[beyond] -= step_m[here[beyond]]
        here[beyond] += 1
        beyond = beyond[(left_m[beyond] > step_m[here[beyond]]) & (here[beyond] < end[beyond])]
    share = np.divide(left_m, step_m[here], out=np.zeros(len(row)), where=step_m[here] > 0)
    places = points[here] + np.clip(share, 0.0, 1.0)[:, None] * way[here]
    return places[:, 0], places[:, 1]


def bearings(lines: Objects, row: Codes, at_m: Floats) -> Floats:
    """Return the direction of the line `row` at each distance along it, in radians."""
    before_x, before_y = places_along(lines, row, np.maximum(at_m - 1.0, 0.0))
    after_x, after_y = places_along(lines, row, at_m + 1.0)
    return np.asarray(np.arctan2(after_y - before_y, after_x - before_x))


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
    called = _called(ones)
    rays = np.concatenate(side_rays(ones.lines, merge_m), axis=1)
    ray, other = shapely.STRtree(ones.lines).query(rays.ravel())
    own = ray // rays.shape[1]
    partner = (own != other) & (called[own] == called[other])
    ray, own, other = ray[partner], own[partner], other[partner]
    met = shapely.intersects(rays.ravel()[ray], ones.lines[other])
    ray, own, other = ray[met], own[met], other[met]
    here = shapely.get_point(rays.ravel()[ray], 0)
    turn = bearings(ones.lines, own, shapely.line_locate_point(ones.lines[own], here)) - bearings(
        ones.lines, other, shapely.line_locate_point(ones.lines[other], here)
    )
    # Opposite within 30 degrees.
    met = np.zeros(rays.size, dtype=bool)
    met[ray[np.cos(turn) < -np.cos(np.pi / 6)]] = True
    samples = met.reshape(len(rows), 2, -1).any(axis=1)
    half[rows] = samples.sum(axis=1) >= 2
    return half


def _called(streets: Streets) -> Codes:
    """Return a number per segment, the same where name and class are."""
    name, highway = (pd.factorize(streets.text(column).astype(str))[0] for column in ("name", "highway"))
    return np.asarray(name * (highway.max(initial=0) + 1) + highway, dtype=np.int64)
