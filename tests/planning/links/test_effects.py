"""What a link changes, against a full computation with the link in the network."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from cfspace.access.nearest import nearest
from cfspace.network.model import WalkNetwork
from cfspace.network.snap import SnappedPoints, snap
from cfspace.network.toy import toy_network
from cfspace.planning.links.candidates import met_on_ground
from cfspace.planning.links.effects import End, Link, Reaches
from cfspace.runs.linking import Linked

LIMIT_M = 700.0
BRIDGE = {"bridge": "yes", "layer": "1"}


def town(seed: int, bridge: list[tuple[float, float]] | None = None) -> WalkNetwork:
    """Return two banks of a grid of streets with holes, joined at one end; perhaps with a bridge."""
    rng = np.random.default_rng(seed)
    ways: list[tuple[dict[str, str], list[tuple[float, float]]]] = []
    for bank in (0.0, 500.0):
        for i in range(5):
            ways += [
                ({}, [(100.0 * k, bank + 100.0 * i) for k in range(6)]) for _ in range(rng.random() < 0.8)
            ]
            ways += [
                ({}, [(100.0 * i, bank + 100.0 * k) for k in range(5)]) for _ in range(rng.random() < 0.9)
            ]
    ways.append(({}, [(500.0, 0.0), (500.0, 900.0)]))
    if bridge is not None:
        ways.append((BRIDGE, bridge))
    return toy_network(ways)


def points(seed: int, n: int, network: WalkNetwork) -> SnappedPoints:
    rng = np.random.default_rng(seed)
    return snap(network, rng.uniform(0, 500, n), rng.uniform(0, 900, n))


@pytest.mark.parametrize("seed", range(12))
def test_a_link_changes_what_a_full_computation_says(seed: int) -> None:
    before = town(seed)
    rng = np.random.default_rng(seed)
    nodes = np.unique(np.concatenate([before.segment_from, before.segment_to]))
    south = nodes[before.node_y_m[nodes] < 450]
    north = nodes[before.node_y_m[nodes] > 450]
    one, other = int(rng.choice(south)), int(rng.choice(north))
    ends = [(float(before.node_x_m[k]), float(before.node_y_m[k])) for k in (one, other)]
    homes, doors = points(seed + 100, 60, before), points(seed + 200, 4, before)
    reaches = Reaches(before, homes, {"t": doors}, limits_m={"t": LIMIT_M})
    plain = nearest(before, homes, doors, max_walk_m=LIMIT_M).metres
    assert np.array_equal(reaches.before_m("t"), plain, equal_nan=True)

    link = Link(
        first=end_at(before, one), last=end_at(before, other), length_m=float(np.hypot(*np.subtract(*ends)))
    )
    changed, metres = reaches.after(link, "t")
    told = plain.copy()
    told[changed] = metres
    after = town(seed, bridge=ends)
    full = nearest(
        after, points(seed + 100, 60, after), points(seed + 200, 4, after), max_walk_m=LIMIT_M
    ).metres
    assert told == pytest.approx(full, abs=2e-3, nan_ok=True)
    assert (metres < plain[changed]).all()


def test_some_of_these_links_do_change_walks() -> None:
    network = toy_network(
        [({}, [(0, 0), (300, 0)]), ({}, [(0, 200), (300, 200)]), ({}, [(300, 0), (300, 200)])]
    )
    homes = snap(network, np.array([10.0]), np.array([0.0]))
    doors = snap(network, np.array([10.0]), np.array([200.0]))
    reaches = Reaches(network, homes, {"t": doors}, limits_m={"t": 1000.0})
    # Round the end: 290 + 200 + 290. Over a link in the middle of both streets, at 100 m: 90 + 200 + 90.
    assert reaches.before_m("t").tolist() == [780.0]
    link = Link(first=place(network, 100, 0), last=place(network, 100, 200), length_m=200.0)
    assert [part.tolist() for part in reaches.after(link, "t")] == [[0], [380.0]]
    # What was searched is put back: the same question has the same answer.
    assert [part.tolist() for part in reaches.after(link, "t")] == [[0], [380.0]]


def test_a_link_lets_walkers_off_at_the_streets_that_it_crosses() -> None:
    """A crossing from 0 to 200 over a street at 80: the door is on that street, which leads nowhere else."""
    streets: list[tuple[dict[str, str], list[tuple[float, float]]]] = [
        ({}, [(0, 0), (300, 0)]),
        ({}, [(0, 80), (300, 80)]),
        ({}, [(0, 200), (300, 200)]),
        ({}, [(300, 0), (300, 200)]),
    ]
    network = toy_network(streets)
    homes = snap(network, np.array([90.0, 110.0]), np.array([0.0, 200.0]))
    doors = snap(network, np.array([100.0]), np.array([80.0]))
    reaches = Reaches(network, homes, {"t": doors}, limits_m={"t": 1000.0})
    line = shapely.LineString([(100, 0), (100, 200)])
    (through,) = met_on_ground(network, np.array([line], object))
    assert [at_m for at_m, _ in through] == pytest.approx([80.0])
    ends = place(network, 100, 0), place(network, 100, 200)
    link = Link(first=ends[0], last=ends[1], length_m=200.0, through=through)
    home, metres = reaches.after(link, "t")
    # 10 + 80 and 10 + 120: one from each end, instead of 490 and 510 round the end.
    assert home.tolist() == [0, 1]
    assert metres.tolist() == pytest.approx([90.0, 130.0])
    blind = Link(first=ends[0], last=ends[1], length_m=200.0)
    assert not len(reaches.after(blind, "t")[0])


def end_at(network: WalkNetwork, node: int) -> End:
    """Return a junction as the end of a link."""
    first = np.flatnonzero(network.segment_from == node)
    if len(first):
        return End(segment=int(first[0]), offset_m=0.0)
    last = int(np.flatnonzero(network.segment_to == node)[0])
    return End(segment=last, offset_m=float(network.length_m[last]))


def place(network: WalkNetwork, x_m: float, y_m: float) -> End:
    """Return a place on a street as the end of a link."""
    foot = snap(network, np.array([float(x_m)]), np.array([float(y_m)]))
    return End(segment=int(foot.segment[0]), offset_m=float(foot.offset_m[0]))


def test_the_shut_gate_and_the_missing_bridge_of_the_sample_are_found(
    sample_links: Linked, project: Path
) -> None:
    planted = json.loads((project / "data" / "sample" / "truth.json").read_text(encoding="utf-8"))["planted"]
    found = sample_links.links
    gate, bridge = found.iloc[0], found[found["what"] == "bridge"].iloc[0]
    assert (gate["what"], gate["over"]) == ("gate", planted["shut_gate"]["name"])
    spots = found.geometry.interpolate(0.5, normalized=True).to_crs(4326)
    shut, missing = planted["shut_gate"], planted["missing_bridge"]
    metres = 111_000 * 0.72
    near = abs(spots[0].x - shut["lon_deg"]) * metres, abs(spots[0].y - shut["lat_deg"]) * 111_000
    assert max(near) < 40
    west, east = missing["west_bank"], missing["east_bank"]
    ends = sorted(found.to_crs(4326).geometry[bridge.name].coords)
    for end, bank in zip(ends, (west, east), strict=True):
        assert abs(end[0] - bank["lon_deg"]) * metres < 60
        assert abs(end[1] - bank["lat_deg"]) * 111_000 < 60


def test_gains_by_unit_add_up(sample_links: Linked) -> None:
    gains = sample_links.gains
    by_level = gains.groupby(["link_id", "unit_level"])["children"].sum().unstack()
    services = sample_links.links.set_index("link_id")["services"][by_level.index]
    for level in by_level:
        assert by_level[level].to_numpy() == pytest.approx(services.to_numpy())
    assert (sample_links.links["children"] <= sample_links.links["services"] + 1e-9).all()
    assert sample_links.links["children_per_m"].is_monotonic_decreasing
