"""Districts, street offices and communities, and which schools take whose children."""

from __future__ import annotations

import math
from dataclasses import dataclass

import shapely

from sample.lots import Place, places
from sample.plan import COLUMN_EDGES_M, RAIL_M, ROW_M, SOUTH_M

# Where communities end: along the railway, the avenue, the river and the main streets.
EDGES_U_M = (-2300.0, RAIL_M, -760.0, 0.0, 820.0, 1530.0, 2300.0)
EDGES_V_M = (-2000.0, -650.0, 650.0, 2000.0)
STREET_NAMES = (("南安街道", "站前街道", "北安街道"), ("自由街道", "临河街道", "和平街道"))
COMMUNITY_NAMES = (
    ("铁西南社区", "南安社区", "滨河社区", "松苑社区", "学府社区", "东郊社区"),
    ("铁西村社区", "站前社区", "春城社区", "临河社区", "和平社区", "东盛社区"),
    ("铁西北社区", "北安社区", "春晖社区", "柳林社区", "公园社区", "东环社区"),
)
DISTRICTS = (("220191", "河西区"), ("220192", "河东区"))


@dataclass(frozen=True)
class Unit:
    """One unit: code as text, name, ground on the board."""

    code: str
    name: str
    ground: shapely.Polygon


def communities() -> list[Unit]:
    """Return the 18 communities, by code."""
    found = []
    for row, names in enumerate(COMMUNITY_NAMES):
        for column, name in enumerate(names):
            code = f"{DISTRICTS[column // 3][0]}{row + 1:03d}{column % 3 + 1:03d}"
            found.append(Unit(code, name, _rectangle(column, row, column + 1, row + 1)))
    return sorted(found, key=lambda unit: unit.code)


def street_offices() -> list[Unit]:
    """Return the 6 street offices, by code."""
    return [
        Unit(
            f"{DISTRICTS[side][0]}{row + 1:03d}",
            STREET_NAMES[side][row],
            _rectangle(3 * side, row, 3 * side + 3, row + 1),
        )
        for side in (0, 1)
        for row in (0, 1, 2)
    ]


def districts() -> list[Unit]:
    """Return the 2 districts, by code."""
    return [
        Unit(code, name, _rectangle(3 * side, 0, 3 * side + 3, 3))
        for side, (code, name) in enumerate(DISTRICTS)
    ]


def community_of(u_m: float, v_m: float) -> str:
    """Return the code of the community that a point lies in, or nothing outside the town."""
    column = sum(u_m >= edge for edge in EDGES_U_M) - 1
    row = sum(v_m >= edge for edge in EDGES_V_M) - 1
    if not (0 <= column < 6 and 0 <= row < 3):
        return ""
    return f"{DISTRICTS[column // 3][0]}{row + 1:03d}{column % 3 + 1:03d}"


def zones(kind: str) -> list[tuple[str, shapely.Polygon]]:
    """Return a kind's attendance zones: block by block, the nearest school of the district."""
    schools = [p for p in places() if kind in p.kinds and p.listed and community_of(*p.spot)]
    grounds: dict[str, list[shapely.Polygon]] = {}
    for west, east in _wide_columns():
        for row in range(12):
            south = SOUTH_M + row * ROW_M if row else EDGES_V_M[0]
            north = SOUTH_M + (row + 1) * ROW_M if row < 11 else EDGES_V_M[3]
            cell = shapely.box(west, south, east, north)
            grounds.setdefault(_nearest(schools, cell).official_name, []).append(cell)
    return [(name, shapely.union_all(cells)) for name, cells in sorted(grounds.items())]


def _wide_columns() -> list[tuple[float, float]]:
    """Return the block columns without the strips of railway and river between them."""
    edges = [[float(west), float(east)] for west, east in COLUMN_EDGES_M]
    edges[0][0], edges[11][1] = EDGES_U_M[0], EDGES_U_M[6]
    edges[1][1] = edges[2][0] = RAIL_M
    edges[5][1] = edges[6][0] = 0.0
    return [(west, east) for west, east in edges]


def _nearest(schools: list[Place], cell: shapely.Polygon) -> Place:
    u, v = cell.centroid.x, cell.centroid.y
    same_side = [p for p in schools if (p.spot[0] < 0) == (u < 0)]
    return min(same_side, key=lambda p: (math.dist(p.spot, (u, v)), p.key))


def _rectangle(west: int, south: int, east: int, north: int) -> shapely.Polygon:
    """Return a rectangle with a corner wherever the corner of any community lies, so that neighbours fit."""
    us, vs = EDGES_U_M[west : east + 1], EDGES_V_M[south : north + 1]
    ring = [(u, vs[0]) for u in us] + [(us[-1], v) for v in vs[1:]]
    ring += [(u, vs[-1]) for u in us[-2::-1]] + [(us[0], v) for v in vs[-2:0:-1]]
    return shapely.Polygon(ring)
