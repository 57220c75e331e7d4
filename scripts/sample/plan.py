"""The plan of the town: its streets, its blocks and what stands on each block."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import shapely

from sample.frame import Point

# Columns A-L from west to east, rows 12-1 from north to south; two by two they make a cell between main
# streets. R walled slabs, G one great walled superblock, O old open slabs, T towers, V village, C commerce,
# I industry, E college, H hospital ground, B the great park, W unbuilt, F fields.
BLOCKS = """
12 FF IO RF FT RF FF
11 IO OO RO TO RO FV
10 IO CO OW RW BB TF
 9 IO CC OO OR BB TW
 8 IF CC RW CH OO RW
 7 IF OC RO CC WO RO
 6 VF OO RR OO TH IF
 5 VF OO RW OW TR VF
 4 RW HO OO GG EO OF
 3 RF CO OW GG EE OV
 2 FF TW WO II RR VF
 1 FF TF WO IV RF FF
"""
COLUMN_EDGES_M = (
    (-2250, -1935), (-1935, -1620), (-1480, -1120), (-1120, -760), (-760, -435), (-435, -110),
    (110, 465), (465, 820), (820, 1175), (1175, 1530), (1530, 1890), (1890, 2250),
)  # fmt: skip
ROW_M = 325.0
SOUTH_M = -1950.0
MERGED_CELLS = {("G", 3), ("I", 9)}

AVENUE_M = -760.0
RAIL_M = -1540.0
RAIL_GAP_M = (-1620.0, -1480.0)
RIVER_GAP_M = (-110.0, 110.0)
WATER_M = (-68.0, 68.0)
BRIDGES_M = (-1300.0, 1300.0)
MISSING_BRIDGE_M = 0.0
UNDERPASS_M = 650.0
LEVEL_CROSSING_M = -650.0
DUAL_HALF_M = 9.0
ARM_M = 16.0
DUAL_ARM_M = 22.0


@dataclass(frozen=True, slots=True)
class Street:
    """One straight street of the plan: where it runs, what it is, and from where to where."""

    axis: str
    at_m: float
    name: str
    highway: str
    spans_m: tuple[tuple[float, float], ...]

    def spot(self, along_m: float, *, off_m: float = 0.0) -> Point:
        """Return the point at a place along the street, `off_m` to the east or north of it."""
        at = self.at_m + off_m
        return (at, along_m) if self.axis == "ns" else (along_m, at)

    def reaches(self, along_m: float) -> bool:
        """Tell whether the street is there at a place along it."""
        return any(low <= along_m <= high for low, high in self.spans_m)


@dataclass(frozen=True, slots=True)
class Block:
    """One block between four streets of the plan."""

    column: str
    row: int
    use: str
    west_m: float
    south_m: float
    east_m: float
    north_m: float

    @property
    def code(self) -> str:
        """Column letter and row number, as ``D11``."""
        return f"{self.column}{self.row}"

    @property
    def kerbs_m(self) -> tuple[float, float, float, float]:
        """West, south, east and north: where the roadways around it run, the nearer one of an avenue."""
        west = self.west_m + (DUAL_HALF_M if self.west_m == AVENUE_M else 0.0)
        east = self.east_m - (DUAL_HALF_M if self.east_m == AVENUE_M else 0.0)
        return west, self.south_m, east, self.north_m

    @property
    def ground(self) -> shapely.Polygon:
        """What lies behind the building line."""
        west = self.west_m + _setback_m(self.west_m)
        east = self.east_m - _setback_m(self.east_m)
        south = self.south_m + _setback_m(self.south_m)
        north = self.north_m - _setback_m(self.north_m)
        return shapely.box(west, south, east, north)


MAIN_NS = (
    (-2250.0, "西环路", "secondary"), (-1620.0, "铁西街", "tertiary"), (-1480.0, "站前街", "secondary"),
    (AVENUE_M, "人民大街", "primary"), (-110.0, "西河沿路", "tertiary"), (110.0, "东河沿路", "tertiary"),
    (820.0, "临河街", "primary"), (1530.0, "东盛大街", "secondary"), (2250.0, "东环路", "secondary"),
)  # fmt: skip
MAIN_EW = (
    (-1950.0, "南环路", "secondary"), (-1300.0, "自由大路", "primary"), (-650.0, "繁荣路", "secondary"),
    (0.0, "解放大路", "secondary"), (650.0, "新民大路", "primary"), (1300.0, "北安大路", "primary"),
    (1950.0, "北环路", "secondary"),
)  # fmt: skip
SIDE_NS = (
    (-1935.0, "铁西二街"), (-1120.0, "同心街"), (-435.0, "春晖街"), (465.0, "柳林街"), (1175.0, "和平街"),
    (1890.0, "东盛二街"),
)  # fmt: skip
SIDE_EW = (
    (-1625.0, "南安路"), (-975.0, "文昌路"), (-325.0, "桃源路"), (325.0, "建设路"), (975.0, "红旗路"),
    (1625.0, "丰收路"),
)  # fmt: skip
# Beyond the districts: roads that close the net there.
OUTER_NS = ((-2900.0, "西郊公路", "tertiary"), (2900.0, "东郊公路", "tertiary"))
OUTER_EW = ((-2600.0, "南郊公路", "tertiary"), (2600.0, "北郊公路", "tertiary"))
NS_ENDS_M = (-2650.0, 2650.0)
EW_ENDS_M = (-2950.0, 2950.0)


@cache
def blocks() -> tuple[Block, ...]:
    """Return all blocks, north-west first; a merged cell is one block under its south-west code."""
    found = []
    for line in BLOCKS.strip().splitlines():
        number, *cells = line.split()
        row, uses = int(number), "".join(cells)
        south = SOUTH_M + (row - 1) * ROW_M
        for column, use, (west, east) in zip("ABCDEFGHIJKL", uses, COLUMN_EDGES_M, strict=True):
            if use not in "GB":
                found.append(Block(column, row, use, west, south, east, south + ROW_M))
            elif (column, row) in MERGED_CELLS:
                found.append(Block(column, row, use, west, south, _next_edge_m(column), south + 2 * ROW_M))
    return tuple(found)


@cache
def block(code: str) -> Block:
    """Return the block of a code."""
    return next(b for b in blocks() if b.code == code)


@cache
def streets() -> tuple[Street, ...]:
    """Return all streets of the plan, main streets first; a street stops where it is not built."""
    found = [Street("ns", at, name, kind, (NS_ENDS_M,)) for at, name, kind in (*MAIN_NS, *OUTER_NS)]
    found += [Street("ew", at, name, kind, _main_ew_spans(at)) for at, name, kind in (*MAIN_EW, *OUTER_EW)]
    found += [Street("ns", at, name, "residential", _side_spans("ns", at)) for at, name in SIDE_NS]
    found += [Street("ew", at, name, "residential", _side_spans("ew", at)) for at, name in SIDE_EW]
    return tuple(s for s in found if s.spans_m)


def is_main(street: Street) -> bool:
    """Tell whether a street is one of the main ones."""
    return street.highway != "residential"


def _main_ew_spans(at_m: float) -> tuple[tuple[float, float], ...]:
    west, east = EW_ENDS_M
    cuts = [] if at_m in (UNDERPASS_M, LEVEL_CROSSING_M) else [RAIL_GAP_M]
    cuts += [] if at_m in BRIDGES_M else [RIVER_GAP_M]
    spans, start = [], west
    for low, high in cuts:
        spans.append((start, low))
        start = high
    return (*spans, (start, east))


def _side_spans(axis: str, at_m: float) -> tuple[tuple[float, float], ...]:
    spans: list[tuple[float, float]] = []
    for b in sorted(blocks(), key=lambda b: (b.west_m, b.south_m)):
        low, high = (b.south_m, b.north_m) if axis == "ns" else (b.west_m, b.east_m)
        edges = (b.west_m, b.east_m) if axis == "ns" else (b.south_m, b.north_m)
        if b.use not in "FWBG" and at_m in edges:
            spans.append((low, high))
    return _merged(spans)


def _merged(spans: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    merged: list[tuple[float, float]] = []
    for low, high in sorted(set(spans)):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _next_edge_m(column: str) -> float:
    return COLUMN_EDGES_M["ABCDEFGHIJKL".index(column) + 1][1]


def _setback_m(line_m: float) -> float:
    if line_m == AVENUE_M:
        return 30.0
    if line_m in (-1620.0, -110.0, 110.0):
        return 15.0
    mains = {at for at, _, _ in (*MAIN_NS, *MAIN_EW)}
    return 26.0 if line_m in mains else 12.0
