"""Ratios over gates, places, streets and land recomputed from a run's files, in plain pandas and shapely.

For the sample and for Las Palmas. Nothing of the package takes part in the arithmetic: it makes the runs, and
its rulebook gives thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point

import cfspace
from cfspace.rulebooks import load_rulebook
from cfspace.runs.run import compute
from cfspace.runs.stages import Stages
from cfspace.runs.writing import write_run
from tests.real import measured_study

BOOK = load_rulebook("jilin-2022")
GATES = ("entrance_tag", "gate", "path_crossing")
FOR_FEET = ("footway", "path", "pedestrian", "steps")
SAMPLES = (0.25, 0.5, 0.75)
CITIES = ["sample", pytest.param("las_palmas", marks=pytest.mark.real)]


class Files:
    """The files of a run in metres, and which unit of each level holds what."""

    def __init__(self, run: cfspace.Run) -> None:
        crs = run.record["crs"]
        self.coverage = run.coverage
        self.units = {level: frame.to_crs(crs) for level, frame in run.units.items()}
        self.facilities = run.facilities.to_crs(crs)
        self.entrances = run.entrances.to_crs(crs)
        self.segments = run.segments.to_crs(crs)
        self.homes = run.homes
        self.trips = run.trips
        self.land = gpd.read_parquet(run.folder / "residential.parquet").to_crs(crs)
        self.counted = pd.read_parquet(run.folder / "counted.parquet")

    def at(self, points: Iterable[Point]) -> pd.DataFrame:
        """Return the unit of each point by level: of two the lower id."""
        spots = gpd.GeoDataFrame(geometry=list(points), crs=self.segments.crs)
        ids = {}
        for level, units in self.units.items():
            inside = spots.sjoin(units[["unit_id", "geometry"]], predicate="intersects")
            ids[f"{level}_id"] = inside.groupby(level=0)["unit_id"].min().reindex(spots.index)
        return pd.DataFrame(ids)

    def kind(self, *kinds: str) -> gpd.GeoDataFrame:
        return self.facilities[self.facilities["kind"].isin(kinds)]

    def roads(self, classes: Iterable[str]) -> gpd.GeoDataFrame:
        own = self.segments[self.segments["highway"].isin(list(classes))].reset_index(drop=True)
        return own.join(self.at(own.geometry.interpolate(0.5, normalized=True)))

    def sums(self, table: pd.DataFrame, upper: str, lower: str) -> dict[Any, tuple[float, float]]:
        """Sum two columns per level and unit."""
        found = {}
        for level in self.units:
            both = table.groupby(f"{level}_id")[[upper, lower]].sum()
            found |= {(level, str(unit)): (float(a), float(b)) for unit, (a, b) in both.iterrows()}
        return found

    def compare(self, indicator: str, expected: dict[Any, tuple[float, float]], *, least: int = 1) -> None:
        """Compare numerator, denominator and value of every row that has a value."""
        rows = self.coverage[self.coverage["indicator"] == indicator]
        valued = rows[rows["value"].notna()]
        assert len(valued) >= least
        for row in valued.itertuples(index=False):
            numerator, denominator = expected[row.unit_level, row.unit_id]
            assert row.numerator == pytest.approx(numerator, rel=1e-9, abs=1e-9), row
            assert row.denominator == pytest.approx(denominator, rel=1e-9, abs=1e-9), row
            assert row.value == pytest.approx(numerator / denominator, rel=1e-9, abs=1e-9), row
        # What has no value has nothing to be made of, or too little that is known.
        silent = rows[rows["value"].isna() & rows["status"].eq("no_data")]
        assert len(valued) + len(silent) + rows["status"].eq("not_at_level").sum() >= len(rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Files]:
    return {}


@pytest.fixture(params=CITIES)
def city(
    request: pytest.FixtureRequest, made: dict[str, Files], tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Files]:
    name = str(request.param)
    if name not in made and name == "sample":
        made[name] = Files(request.getfixturevalue("sample_run"))
    if name not in made:
        measured = measured_study(request.getfixturevalue("shared") / "studies" / f"{name}.toml")
        folder: Path = tmp_path_factory.mktemp(name)
        scored = compute(measured, lang="en")
        write_run(measured, scored, folder, lang="en", draw=False, areas=False, stages=Stages())
        made[name] = Files(cfspace.open_run(folder))
    return name, made[name]


def has_value(files: Files, indicator: str) -> bool:
    return bool(files.coverage.loc[files.coverage["indicator"] == indicator, "value"].notna().any())


def real_gates(files: Files, kinds: Iterable[str]) -> gpd.GeoDataFrame:
    """Gates of some kinds of facility, those on one spot once."""
    ids = files.kind(*kinds)["facility_id"]
    own = files.entrances[files.entrances["facility_id"].isin(ids) & files.entrances["rule"].isin(GATES)]
    spot = pd.Series(list(zip(own.geometry.x.round(2), own.geometry.y.round(2), strict=True)), own.index)
    return own[~spot.duplicated()].reset_index(drop=True)


def test_a_crossing_near_each_gate(city: tuple[str, Files]) -> None:
    _, files = city
    rule: Any = BOOK.rule("SCH-4")
    gates = real_gates(files, rule.gates)
    ways = files.segments
    bridges = ways[ways["highway"].isin(FOR_FEET) & (ways["bridge"] | ways["tunnel"])]
    over = shapely.union_all([*files.kind(rule.target).geometry, *bridges.geometry])
    table = files.at(gates.geometry).assign(near=gates.distance(over).le(rule.full_m).astype(float), one=1.0)
    files.compare("SCH-4", files.sums(table, "near", "one"), least=10)


def test_calm_road_before_gates(city: tuple[str, Files]) -> None:
    """Shortest ways along the roads by networkx, each gate joined in as a node of its own."""
    _, files = city
    rule: Any = BOOK.rule("SCH-3")
    gates, roads = real_gates(files, rule.gates), files.roads(rule.road_classes)
    graph: nx.Graph[Any] = nx.MultiGraph()
    for road in roads.itertuples():
        graph.add_edge(road.from_node_id, road.to_node_id, weight=road.length_m)
    feet: dict[int, list[float]] = {}
    sources = []
    for gate in gates.geometry:
        away = roads.distance(gate)
        if away.min() > rule.snap_m:
            continue
        for road in np.flatnonzero(away <= away.min() + 1e-7):
            line, length_m = roads.geometry[road], roads["length_m"][road]
            at_m = line.project(gate)
            feet.setdefault(int(road), []).append(at_m)
            sources.append(("gate", len(sources)))
            graph.add_edge(sources[-1], roads["from_node_id"][road], weight=at_m)
            graph.add_edge(sources[-1], roads["to_node_id"][road], weight=length_m - at_m)
    metres = nx.multi_source_dijkstra_path_length(graph, set(sources), cutoff=rule.along_m)

    def near_m(position: int) -> float:
        road = roads.iloc[position]
        length_m = float(road["length_m"])
        from_m, to_m = (
            rule.along_m - metres.get(road[end], np.inf) for end in ("from_node_id", "to_node_id")
        )
        pieces = [(0.0, from_m), (length_m - to_m, length_m)]
        pieces += [(at_m - rule.along_m, at_m + rule.along_m) for at_m in feet.get(position, [])]
        cut = [(max(a, 0.0), min(b, length_m)) for a, b in pieces if b > 0 and a < length_m and b > a]
        if not cut:
            return 0.0
        return float(shapely.union_all([LineString([(a, 0), (b, 0)]) for a, b in cut]).length)

    reached = pd.Series([near_m(position) for position in range(len(roads))])
    limit = roads["maxspeed_kmh"]
    calm = (limit <= rule.max_kmh) | roads["highway"].isin(rule.calm_classes) | roads["school_zone"]
    known = calm | limit.notna()
    table = roads.assign(good=reached.where(calm, 0.0), known=reached.where(known, 0.0))
    files.compare("SCH-3", files.sums(table, "good", "known"), least=10)


def looks(line: LineString, reach_m: float, side: int) -> list[LineString]:
    """Straight looks to the left (1) or right (-1) of a line, at three places of it."""
    found = []
    for share in SAMPLES:
        here = line.interpolate(share, normalized=True)
        ahead = line.interpolate(share + 0.01, normalized=True)
        along = np.array([ahead.x - here.x, ahead.y - here.y])
        across = side * reach_m * np.array([-along[1], along[0]]) / np.hypot(*along)
        found.append(LineString([here, (here.x + across[0], here.y + across[1])]))
    return found


def share_met(views: list[LineString], others: shapely.STRtree) -> float:
    return float(np.mean([len(others.query(view, predicate="intersects")) > 0 for view in views]))


def test_footways_beside_streets(city: tuple[str, Files]) -> None:
    _, files = city
    rule: Any = BOOK.rule("BLK-1")
    streets = files.roads(rule.classes)
    beside = shapely.STRtree(files.segments.geometry[files.segments["highway"].isin(FOR_FEET)].to_numpy())
    good, known = np.zeros(len(streets)), np.zeros(len(streets))
    for side, column in ((1, "sidewalk_left"), (-1, "sidewalk_right")):
        for row, (tag, line, length_m) in enumerate(
            zip(streets[column], streets.geometry, streets["length_m"], strict=True)
        ):
            if tag not in ("yes", "no", "separate"):
                continue
            there = 1.0 if tag == "yes" else 0.0
            if tag == "separate":
                there = share_met(looks(line, rule.alongside_m, side), beside)
            good[row] += there * length_m / 2
            known[row] += length_m / 2
    files.compare("BLK-1", files.sums(streets.assign(good=good, known=known), "good", "known"), least=5)


def test_width_of_footways(city: tuple[str, Files]) -> None:
    name, files = city
    rule: Any = BOOK.rule("BLK-2")
    ways = files.segments
    own = ways["footway"].eq("sidewalk")
    sided = ways["sidewalk_left"].eq("yes") | ways["sidewalk_right"].eq("yes")
    ways = ways.assign(width=ways["width_m"].where(own, ways["sidewalk_width_m"]))
    ways = ways[own | (ways["highway"].isin(rule.classes) & sided)].reset_index(drop=True)
    if name == "las_palmas":
        assert ways["width"].isna().all()
        assert not has_value(files, "BLK-2")
        return
    gates = shapely.union_all(real_gates(files, rule.gate_targets).geometry.to_numpy())
    asked = np.where(ways.distance(gates) <= rule.gate_within_m, rule.gate_min_width_m, rule.min_width_m)
    known = ways["width"].notna()
    wide = known & (ways["width"].astype(float).round(5) >= asked)
    table = ways.join(files.at(ways.geometry.interpolate(0.5, normalized=True))).assign(
        good=ways["length_m"].where(wide, 0.0), known=ways["length_m"].where(known, 0.0)
    )
    files.compare("BLK-2", files.sums(table, "good", "known"), least=20)


def test_cycle_tracks_along_streets(city: tuple[str, Files]) -> None:
    _, files = city
    rule: Any = BOOK.rule("BLK-8")
    streets = files.roads(rule.classes)
    tracks = shapely.STRtree(files.segments.geometry[files.segments["highway"].eq("cycleway")].to_numpy())
    beside = [
        np.mean([share_met(looks(line, rule.alongside_m, side), tracks) for side in (1, -1)]) >= 0.5
        for line in streets.geometry
    ]
    good = streets["cycleway"].isin(["track", "lane", "separate"]) | np.array(beside)
    known = good | streets["cycleway"].notna()
    table = streets.assign(
        good=streets["length_m"].where(good, 0.0), known=streets["length_m"].where(known, 0.0)
    )
    files.compare("BLK-8", files.sums(table, "good", "known"), least=5)


def test_density(city: tuple[str, Files]) -> None:
    """Kilometres of street over square kilometres; carriageways of a pair count half."""
    _, files = city
    rule: Any = BOOK.rule("BLK-3")
    streets = files.roads(rule.classes)
    streets["called"] = streets["highway"] + "/" + streets["name"].fillna("-")
    ones = streets[streets["oneway"]]
    tree = shapely.STRtree(ones.geometry.to_numpy())
    half = pd.Series(False, index=streets.index)
    for row, own in zip(ones.index, ones.itertuples(), strict=True):
        met = [
            any(_runs_back(own, view, ones.iloc[other]) for other in tree.query(view, predicate="intersects"))
            for side in (1, -1)
            for view in looks(own.geometry, rule.merge_m, side)
        ]
        half[row] = sum(one or other for one, other in zip(met[:3], met[3:], strict=True)) >= 2
    km = streets["length_m"] * np.where(half, 0.5, 1.0) / 1000
    table = streets.assign(km=km, none=0.0)
    lengths = files.sums(table, "km", "none")
    expected = {}
    for level, units in files.units.items():
        ordered = units.sort_values("unit_id").reset_index(drop=True)
        for row, unit in ordered.iterrows():
            before = ordered.geometry[:row][ordered.geometry[:row].intersects(unit.geometry)]
            shared = [one for one in before.intersection(unit.geometry) if one.area > 1e-6 * unit["area_m2"]]
            ground = (unit["area_m2"] - shapely.union_all(shared).area) * unit["covered_share"] / 1e6
            length = lengths.get((level, unit["unit_id"]), (0.0, 0.0))[0]
            expected[level, unit["unit_id"]] = (length, ground)
    files.compare("BLK-3", expected, least=26)


def _runs_back(own: Any, view: LineString, other: Any) -> bool:
    if own.called != other["called"] or own.geometry.equals_exact(other.geometry):
        return False
    here = Point(view.coords[0])
    return _direction(own.geometry, here) @ _direction(other.geometry, here) < -np.cos(np.pi / 6)


def _direction(line: LineString, near: Point) -> Any:
    at_m = line.project(near)
    before, after = line.interpolate(max(at_m - 1.0, 0.0)), line.interpolate(at_m + 1.0)
    way = np.array([after.x - before.x, after.y - before.y])
    return way / np.hypot(*way)


def at_hand(places: gpd.GeoSeries, others: gpd.GeoSeries, within_m: float) -> pd.Series:
    joined = gpd.GeoDataFrame(geometry=places)
    near = joined.sjoin(
        gpd.GeoDataFrame(geometry=others, crs=places.crs), predicate="dwithin", distance=within_m
    )
    return pd.Series(joined.index.isin(near.index), index=joined.index)


def of_parks(files: Files, indicator: str) -> gpd.GeoDataFrame:
    parks = files.kind("park")
    if indicator == "PRK-5":
        return parks[parks["area_m2"] >= 2000]
    named = parks["park_class"] if "park_class" in parks else pd.Series(None, parks.index, dtype=object)
    return parks[named.isin(["综合公园", "comprehensive"]) | (named.isna() & (parks["area_m2"] >= 100_000))]


@pytest.mark.parametrize("indicator", ["PRK-5", "PRK-5C"])
def test_parks_with_a_playground(indicator: str, city: tuple[str, Files]) -> None:
    _, files = city
    rule: Any = BOOK.rule(indicator)
    parks = of_parks(files, indicator)
    near = at_hand(parks.geometry, files.kind("playground").geometry, rule.within_m)
    table = pd.DataFrame(parks.drop(columns="geometry")).assign(near=near.astype(float), one=1.0)
    files.compare(indicator, files.sums(table, "near", "one"), least=3)


def test_venues_with_a_nursing_room(city: tuple[str, Files]) -> None:
    name, files = city
    rule: Any = BOOK.rule("NUR-1")
    rooms = files.kind("nursing_room")
    if name == "las_palmas":
        assert not has_value(files, "NUR-1")
        assert rooms.empty
        return
    venues = files.kind("venue")
    venues = venues[(venues["floor_area_m2"] >= 10_000) | (venues["visitors_per_day"] >= 10_000)]
    near = at_hand(venues.geometry, rooms.geometry, rule.within_m) | venues["name"].isin(
        rooms["host"].dropna()
    )
    table = pd.DataFrame(venues.drop(columns="geometry")).assign(near=near.astype(float), one=1.0)
    files.compare("NUR-1", files.sums(table, "near", "one"), least=5)


def test_residential_land_with_a_playground(city: tuple[str, Files]) -> None:
    _, files = city
    rule: Any = BOOK.rule("COM-5")
    near = at_hand(files.land.geometry, files.kind("playground").geometry, rule.within_m)
    table = files.at(files.land.representative_point()).assign(near=near.astype(float), one=1.0)
    files.compare("COM-5", files.sums(table, "near", "one"), least=10)


def test_residential_land_within_reach_of_parks(city: tuple[str, Files]) -> None:
    _, files = city
    parks = files.kind("park")
    large, small = parks["area_m2"] >= 5000, parks["area_m2"].between(400, 5000, inclusive="left")
    circles = [*parks[large].buffer(500, quad_segs=16), *parks[small].buffer(300, quad_segs=16)]
    land = files.land
    table = files.at(land.representative_point()).assign(
        near=land.intersection(shapely.union_all(circles)).area, all=land.area
    )
    np.testing.assert_allclose(land["area_m2"], land.area, rtol=1e-9)
    files.compare("PRK-1N", files.sums(table, "near", "all"), least=10)


@pytest.mark.parametrize("indicator", ["BLK-9", "NUR-2", "LIB-4"])
def test_known_answers_of_places(indicator: str, city: tuple[str, Files]) -> None:
    name, files = city
    if name == "las_palmas" and indicator == "NUR-2":
        assert not has_value(files, indicator)
        return
    kinds = {
        "BLK-9": ["crossing", "bus_stop", "rail_station"],
        "NUR-2": ["nursing_room"],
        "LIB-4": ["library"],
    }
    own = files.kind(*kinds[indicator]).sort_values("facility_id")
    own = own[~own.duplicated(["source", "source_id"]) | own["source_id"].isna()]
    good, known = pd.Series(0.0, own.index), pd.Series(0.0, own.index)
    rule: Any = BOOK.rule(indicator)
    for check in rule.checks:
        if check.min is not None:
            amount = own[check.attribute].astype(float)
            good, known = good + (amount >= check.min), known + amount.notna()
        else:
            word = own[check.attribute].astype(object).where(own[check.attribute].notna(), None)
            word = word.map(lambda one: None if one is None else str(one).strip().lower())
            word = word.replace({"是": "yes", "否": "no", "部分": "limited", "不详": None, "": None})
            good, known = good + word.map(check.credits).fillna(0.0), known + word.notna()
    table = pd.DataFrame(own.drop(columns="geometry")).assign(
        good=good.astype(float), known=known.astype(float)
    )
    files.compare(indicator, files.sums(table, "good", "known"))


def test_shares_of_children(city: tuple[str, Files]) -> None:
    """Coverage, profile ratio and route of homes.parquet and trips.parquet, all ages together."""
    _, files = city
    homes = files.homes
    measured, done = homes["connector_m"].notna(), set()
    for rule in BOOK.indicator:
        if rule.measure not in ("coverage", "profile_ratio", "route") or not has_value(files, rule.id):
            continue
        upper, lower = pd.Series(0.0, homes.index), pd.Series(0.0, homes.index)
        for band in rule.who:
            children = homes[f"children_{band}"].where(measured, 0.0)
            one, other = _of_band(rule, band, files, children)
            upper, lower = upper + one, lower + other
        table = pd.DataFrame(homes.drop(columns="geometry")).assign(upper=upper, lower=lower)
        rows = files.coverage[files.coverage["indicator"] == rule.id]
        last = rows.groupby(["unit_level", "unit_id"], sort=False).tail(1)
        expected = files.sums(table, "upper", "lower")
        for row in last[last["value"].notna()].itertuples(index=False):
            numerator, denominator = expected[row.unit_level, row.unit_id]
            assert row.numerator == pytest.approx(numerator, rel=1e-9, abs=1e-9)
            assert row.denominator == pytest.approx(denominator, rel=1e-9, abs=1e-9)
        done.add(rule.id)
    assert {"SCH-1", "PRK-1", "HOS-1", "SCH-5", "SCH-6", "BLK-5", "BLK-7"} <= done


def _of_band(rule: Any, band: str, files: Files, children: pd.Series) -> tuple[pd.Series, pd.Series]:
    homes = files.homes
    if rule.measure == "route":
        own = files.trips[files.trips["kind"] == rule.schools[band]].set_index("home_id")
        own = own.reindex(homes["home_id"]).reset_index()
        if rule.figure == "footway_share":
            return children * own["footway_m"].fillna(0.0), children * own["known_m"].fillna(0.0)
        return children * own["major_crossings"].fillna(0.0), children * own["path_m"].notna()
    ways = [way for way in rule.ways() if not way.who or band in way.who]
    if rule.measure == "profile_ratio":
        # Kinds that no source lists have no part in it.
        there, targets = set(files.facilities["kind"]), BOOK.targets()
        ways = [way for way in ways if there & set(targets[way.target].kinds)]
        pushed, freely = (
            sum((homes[f"{begin}m_{way.target}"] <= way.full_m).astype(float) for way in ways)
            for begin in ("stroller_", "")
        )
        return children * pushed, children * freely
    near = np.any([homes[f"m_{way.target}"] <= way.full_m for way in ways if way.credit == 1.0], axis=0)
    return children.where(near, 0.0), children


def test_what_is_counted_one_by_one_adds_up(city: tuple[str, Files]) -> None:
    """counted.parquet alone gives numerator, denominator and value wherever an indicator counts things."""
    name, files = city
    n_compared = 0
    for indicator, own in files.counted.groupby("indicator", observed=True):
        rows = files.coverage[(files.coverage["indicator"] == indicator) & files.coverage["value"].notna()]
        for level in files.units:
            sums = own.groupby(f"{level}_id", observed=True)[["numerator", "denominator"]].sum(min_count=1)
            for row in rows[rows["unit_level"] == level].itertuples(index=False):
                found = sums.reindex([row.unit_id]).iloc[0]
                for column in ("numerator", "denominator"):
                    if own[column].notna().any():
                        told = getattr(row, column)
                        assert told == pytest.approx(np.nan_to_num(found[column]), rel=1e-9, abs=1e-9), row
                        n_compared += 1
    assert n_compared > {"sample": 500, "las_palmas": 200}[name]
    wanted = {"SCH-3", "SCH-4", "BLK-1", "BLK-3", "BLK-4", "BLK-8", "BLK-9", "PRK-5", "PRK-1N", "COM-5"}
    assert wanted <= set(files.counted["indicator"])


def test_rows_of_what_is_counted_are_rows_of_the_tables_it_names(city: tuple[str, Files]) -> None:
    _, files = city
    tables = {
        "gates": files.entrances,
        "facilities": files.facilities,
        "segments": files.segments,
        "residential": files.land,
    }
    for of, own in files.counted.groupby("of", observed=True):
        assert own["row"].between(0, len(tables[str(of)]) - 1).all()
    streets = files.counted[files.counted["indicator"].eq("BLK-4") & files.counted["of"].eq("segments")]
    np.testing.assert_allclose(
        streets["denominator"], files.segments["length_m"].to_numpy()[streets["row"]], rtol=1e-12
    )
