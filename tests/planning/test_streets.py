"""Streets under a plan: worked answers on small maps, in metres."""

from __future__ import annotations

import numpy as np
import pytest

from cfspace.errors import ParameterError
from cfspace.io.frame import to_lon_lat
from cfspace.network.build import build_network
from cfspace.network.model import WalkNetwork
from cfspace.network.rules import load_walk_rules
from cfspace.network.toy import ToyWays, toy_crs
from cfspace.planning.streets import StreetDraft, Which

Line = list[tuple[float, float]]
FOOT = {"highway": "footway"}


def draft(*ways: tuple[dict[str, str], Line]) -> StreetDraft:
    points = np.array([xy for _, line in ways for xy in line], float)
    _, node = np.unique(points, axis=0, return_inverse=True)
    lon_deg, lat_deg = to_lon_lat(toy_crs(), points[:, 0], points[:, 1])
    toy = ToyWays(
        way_id=np.arange(1, len(ways) + 1),
        tags=[{"highway": "residential", **tags} for tags, _ in ways],
        ptr=np.cumsum([0, *(len(line) for _, line in ways)]),
        node_id=node.astype(np.int64).reshape(-1) + 1,
        lon_deg=lon_deg,
        lat_deg=lat_deg,
    )
    return StreetDraft(toy, load_walk_rules("cfspace"), toy_crs())


def network(streets: StreetDraft) -> WalkNetwork:
    return build_network(streets.finish(), load_walk_rules("cfspace"), toy_crs())


def path(streets: StreetDraft, line: Line, tags: dict[str, str] = FOOT, **more: object) -> tuple[bool, bool]:
    options = {"name": "p", "join_m": 15.0, **more}
    return streets.add_line(np.array(line, float), tags, **options)  # type: ignore[arg-type]


NORTH: Line = [(0, 100), (1000, 100)]
SOUTH: Line = [(0, 0), (1000, 0)]


def test_a_path_joins_the_streets_at_both_ends() -> None:
    # Each street is cut at x = 400, so 2 + 2 pieces and the path, all one component.
    streets = draft(({}, NORTH), ({}, SOUTH))
    assert path(streets, [(400, 3), (400, 98)]) == (True, True)
    made = network(streets)
    assert made.n_segments == 5
    assert set(made.component.tolist()) == {0}
    assert sorted(made.length_m.round(3).tolist()) == [100.0, 400.0, 400.0, 600.0, 600.0]


def test_an_end_near_a_vertex_takes_the_vertex() -> None:
    streets = draft(({}, NORTH), ({}, [(0, 0), (400, 0), (1000, 0)]))
    path(streets, [(400.3, 0), (400, 100)])
    assert network(streets).n_segments == 5
    assert len(streets.finish().node_id) == 2 + 1 + 3 + 2


def test_a_path_on_the_ground_joins_what_it_crosses_and_a_bridge_does_not() -> None:
    middle: Line = [(0, 50), (1000, 50)]
    for tags, n_segments in ((FOOT, 2 * 3 + 2), ({**FOOT, "bridge": "yes", "layer": "1"}, 2 * 2 + 1 + 1)):
        streets = draft(({}, NORTH), ({}, middle), ({}, SOUTH))
        path(streets, [(400, 0), (400, 100)], tags)
        assert network(streets).n_segments == n_segments


def test_a_crossing_with_signals_says_so_where_it_meets_the_road() -> None:
    streets = draft(({}, NORTH), ({"highway": "primary"}, [(0, 50), (1000, 50)]), ({}, SOUTH))
    path(streets, [(400, 0), (400, 100)], {**FOOT, "footway": "crossing"}, signals=True)
    assert list(streets.node_tags.values()) == [{"highway": "crossing", "crossing": "traffic_signals"}]


def test_adding_and_closing_leaves_no_trace() -> None:
    before = draft(({}, NORTH), ({}, SOUTH)).finish()
    streets = draft(({}, NORTH), ({}, SOUTH))
    path(streets, [(400, 0), (400, 100)])
    assert len(streets.close(Which(name="p"))) == 1
    after = streets.finish()
    for name in ("way_id", "ptr", "node_id", "lon_deg", "lat_deg"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name
    assert before.tags == after.tags


def test_closing_at_a_place_closes_the_piece_between_junctions() -> None:
    # Crosses at 300 and 700: of the three pieces of the street the middle one goes, 1,000 - 400 are left.
    cross = [({}, [(x, -100.0), (x, 0.0), (x, 100.0)]) for x in (300.0, 700.0)]
    streets = draft(({}, [(0, 0), (300, 0), (700, 0), (1000, 0)]), *cross)
    assert len(streets.close(Which(place=(500.0, 2.0)))) == 1
    made = network(streets)
    assert made.length_m.sum() == pytest.approx(600 + 400, abs=1e-6)
    assert streets.has_way(1)


def test_closing_a_way_closes_all_of_it() -> None:
    streets = draft(({}, NORTH), ({}, SOUTH))
    assert len(streets.close(Which(way_id=2))) == 1
    assert network(streets).length_m.sum() == pytest.approx(1000, abs=1e-6)


def test_better_tags_reach_the_network() -> None:
    streets = draft(({"sidewalk": "no", "maxspeed": "50"}, NORTH), ({}, SOUTH))
    streets.retag(Which(way_id=1), {"sidewalk": "both", "maxspeed": "30"})
    table = network(streets).attributes
    assert table["sidewalk_left"].tolist()[0] == "yes"
    assert table["maxspeed_kmh"].tolist()[0] == 30


def test_a_private_way_through_a_gate_is_opened() -> None:
    streets = draft(({}, SOUTH), ({"highway": "footway", "access": "private"}, [(500, 0), (500, 50)]))
    gate = int(streets.finish().node_id[-1])
    assert network(streets).n_segments == 1
    assert streets.through(gate) == (0, 1)
    assert streets.open_through(gate) == 1
    assert streets.is_walkable(2)


def test_an_end_far_from_any_street_is_told() -> None:
    streets = draft(({}, SOUTH))
    assert streets.gap_m((500.0, 80.0)) == pytest.approx(80.0)
    assert path(streets, [(500, 0), (500, 80)]) == (True, False)


def test_tags_that_close_a_line_are_refused() -> None:
    with pytest.raises(ParameterError, match="close the line to walkers"):
        path(draft(({}, SOUTH)), [(0, 0), (0, 50)], {"highway": "footway", "access": "private"})
