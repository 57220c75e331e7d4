"""The truth behind the sample: what exists, who knows of it, and what was planted for the tests to find."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sample.frame import Point, area_m2, lon_lat
from sample.homes import OPEN_GATE, SHUT_GATE
from sample.lists import ROLLS, on_roll
from sample.people import BANDS, count
from sample.placing import Placed
from sample.plan import BRIDGES_M, LEVEL_CROSSING_M, MISSING_BRIDGE_M, RAIL_M, RIVER_GAP_M, UNDERPASS_M, block
from sample.town import Built
from sample.units import communities, community_of, districts

SHAPEFILES = {"park": "公园绿地.zip", "children_home": "儿童之家.zip"}


def write_truth(path: Path, town: Built) -> None:
    """Write the truth as JSON, coordinates in WGS-84."""
    truth = {
        "about": "Synthetic. What truly exists in the sample town; never read by a study.",
        "facilities": [_facility(kind, p) for p in town.places for kind in p.kinds],
        "decoys": [_decoy(p) for p in town.places if not p.kinds],
        "left_out": _left_out(town),
        "planted": _planted(town),
        "children": [
            {"community": u.code, "name": u.name, **count(town.people, u.code).children}
            for u in communities()
        ],
        "residents": {u.code: count(town.people, u.code).residents for u in communities()},
        "homes": [
            {"way": p.house.way, "levels": p.house.levels, "community": p.community, "residents": p.residents,
             "children": [p.children[band] for band in BANDS]}
            for p in town.people
        ],
    }  # fmt: skip
    path.write_text(_compact(truth), encoding="utf-8", newline="\n")


def _facility(kind: str, placed: Placed) -> dict[str, Any]:
    place = placed.place
    found: dict[str, Any] = {
        "id": place.key if placed.name == place.name else f"{place.key}/{kind}",
        "kind": kind,
        "name": placed.name,
        **_at(placed.spot),
        "district": community_of(*placed.spot)[:6],
        "open": place.status == "open",
        "in_osm": list(placed.osm),
        "in_list": _list_of(kind, placed),
        "gates": [_at(gate) for gate in placed.gates],
    }
    if found["in_list"]:
        found["name_in_list"] = place.official_name
    if placed.osm and placed.name == place.name:
        found["name_in_osm"] = None if place.osm_name == "-" else place.osm_name or place.name
    if placed.ground is not None:
        found["ground_m2"] = round(area_m2(placed.ground), 1)
    return found


def _list_of(kind: str, placed: Placed) -> str | None:
    if not placed.place.listed or placed.name != placed.place.name:
        return None
    if kind in SHAPEFILES:
        return SHAPEFILES[kind]
    files = [roll.file for roll in ROLLS if kind in roll.kinds]
    return "医院.csv" if kind == "paediatric_hospital" else next(iter(files), None)


def _decoy(placed: Placed) -> dict[str, Any]:
    tags = {k: v for k, v in placed.place.tags.items() if k != "name"}
    return {"name": placed.name, **_at(placed.spot), "in_osm": list(placed.osm), "tags": tags}


def _left_out(town: Built) -> dict[str, list[str]]:
    """Return for each list and for OSM the open places that it does not hold."""
    missing: dict[str, list[str]] = {}
    files = dict(SHAPEFILES)
    for roll in ROLLS:
        held = {place.key for place in on_roll(roll, town.places)}
        names = [p.name for p in town.places if set(roll.kinds) & set(p.kinds) and p.place.key not in held]
        missing[roll.file] = names
    for kind, file in files.items():
        missing[file] = [p.name for p in town.places if kind in p.kinds and not p.place.listed]
    open_places = [p for p in town.places if p.kinds and p.place.status == "open"]
    missing["town.osm.pbf"] = [p.name for p in open_places if not p.osm]
    return missing


def _planted(town: Built) -> dict[str, Any]:
    north = block("G3").ground.bounds[3] - 3.0
    care = [p for p in town.places if "childcare" in p.kinds and p.place.status == "open"]
    with_home = {p.place.facts["community"] for p in town.places if p.kinds == ("children_home",)}
    empty = [d for d in districts() if not any(community_of(*p.spot).startswith(d.code) for p in care)]
    return {
        "shut_gate": {
            "name": "松苑小区北门（封闭）",
            **_at((SHUT_GATE[0], north)),
            "street": _at(SHUT_GATE),
            "superblock": "松苑小区",
            "opens_to": "示例市临河小学",
            "only_gate": _at(OPEN_GATE),
        },
        "missing_bridge": {
            "street": "解放大路",
            **_at((0.0, MISSING_BRIDGE_M)),
            "west_bank": _at((RIVER_GAP_M[0], MISSING_BRIDGE_M)),
            "east_bank": _at((RIVER_GAP_M[1], MISSING_BRIDGE_M)),
        },
        "bridges": [_at((0.0, v)) for v in BRIDGES_M],
        "rail_crossings": {
            "underpass": _at((RAIL_M, UNDERPASS_M)),
            "level_crossing": _at((RAIL_M, LEVEL_CROSSING_M)),
            "footbridge": _at((RAIL_M, 150.0)),
        },
        "district_without_childcare": [
            {"code": d.code, "name": d.name, "children_0_2": count(town.people, d.code).children["0_2"]}
            for d in empty
        ],
        "communities_without_children_home": sorted({u.code for u in communities()} - with_home),
    }


def _at(spot: Point) -> dict[str, float]:
    lon_deg, lat_deg = lon_lat(*spot)
    return {"lon_deg": lon_deg, "lat_deg": lat_deg}


def _compact(truth: dict[str, Any]) -> str:
    """Return JSON with one line for each member of a list, to be read and compared by people."""
    parts = []
    for key, value in truth.items():
        if isinstance(value, list):
            lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"{json.dumps(key)}: [\n{lines}\n]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False, indent=1)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
