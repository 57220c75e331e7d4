"""A small believable run folder in the format of the design, made without the pipeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
from shapely import LineString, Point, Polygon, box

LON, LAT = 125.30, 43.90
FRAME = f"+proj=tmerc +lat_0={LAT} +lon_0={LON} +k=1 +datum=WGS84 +units=m"
BANDS = ("0_2", "3_5", "6_11", "12_14", "15_17")
TASKS = (5, 6, 13, 14, 15, 16, 17, 18, 19)

# id, task, zh, en, band, unit of value, goal, target, metres
INDICATORS: tuple[tuple[Any, ...], ...] = (
    ("CC-2", 5, "托育步行覆盖率", "Childcare reach", "0_2", "share", 0.6, "childcare", 300),
    ("CC-3", 6, "幼儿园步行覆盖率", "Kindergarten reach", "3_5", "share", 0.9, "kindergarten", 300),
    ("SCH-1", 13, "小学步行覆盖率", "Primary school reach", "6_11", "share", 0.9, "primary_school", 500),
    ("SCH-2", 13, "初中步行覆盖率", "Junior secondary reach", "12_14", "share", 0.9, "junior_school", 1000),
    ("LIB-1", 14, "社区阅读点覆盖率", "Neighbourhood reading reach", "3_17", "share", 0.8, "library", 1000),
    ("HOS-1", 15, "社区卫生服务覆盖率", "Community health reach", "0_17", "share", 0.9, "clinic", 1000),
    (
        "HOS-3",
        15,
        "每千名儿童床位数",
        "Paediatric beds per 1,000",
        "0_14",
        "beds per 1000 children",
        3.17,
        "",
        0,
    ),
    ("PRK-2", 16, "人均公园绿地", "Park area per person", "all", "m2 per person", 8.0, "", 0),
    ("PRK-4", 16, "儿童游戏场覆盖率", "Play area reach", "0_5", "share", 0.7, "playground", 100),
    ("PRK-4", 16, "儿童游戏场覆盖率", "Play area reach", "6_11", "share", 0.7, "playground", 400),
    ("PRK-4", 16, "儿童游戏场覆盖率", "Play area reach", "0_11", "share", 0.7, "playground", 400),
    ("NUR-1", 17, "应配场所配置率", "Required venues equipped", "all", "share", 0.8, "nursing_room", 0),
    ("COM-2", 18, "儿童之家可达率", "Children's Home reach", "3_11", "share", 0.8, "children_home", 500),
    ("BLK-3", 19, "路网密度", "Street density", "all", "km per km2", 8.0, "", 0),
    ("BLK-7", 19, "公交可达率", "Bus reach", "6_17", "share", 0.9, "bus_stop", 500),
    (
        "SCH-6",
        13,
        "上学路穿越干道次数",
        "Major-road crossings per trip",
        "6_11",
        "crossings per trip",
        0.0,
        "",
        0,
    ),
)
TARGETS = ("childcare", "kindergarten", "primary_school", "junior_school", "library", "clinic", "playground")


def make_run_folder(
    out: Path, *, lang: str = "zh", names: dict[str, str] | None = None, n_homes: int = 400, seed: int = 7
) -> Path:
    """Write a run folder; `names` replaces unit or facility names by id."""
    out.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    renamed = names or {}
    units = _units(renamed)
    homes = _homes(rng, units, n_homes)
    coverage = _coverage(rng, units, lang)
    scores = _scores(units, coverage)
    coverage.to_csv(out / "coverage.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    scores.to_csv(out / "scores.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    _ranks(scores).to_csv(out / "ranks.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    ranges = _task_ranges(scores)
    ranges.to_csv(out / "task_ranges.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    for level, frame in units.items():
        scored = frame.merge(scores.drop(columns=["unit_level", "unit_name"]), on="unit_id")
        scored.to_file(out / "units.gpkg", layer=level, driver="GPKG")
    homes.to_parquet(out / "homes.parquet")
    facilities = _facilities(rng, renamed)
    facilities.to_parquet(out / "facilities.parquet")
    entrances = facilities[["facility_id", "kind", "geometry"]].assign(rule="point", connector_m=3.0)
    entrances.to_parquet(out / "entrances.parquet")
    _segments().to_parquet(out / "segments.parquet")
    _scenery().to_parquet(out / "scenery.parquet")
    (out / "run.json").write_text(json.dumps(_meta(lang, units), ensure_ascii=False), "utf-8")
    return out


def _cell(x0: int, y0: int, nx: int, ny: int) -> Polygon:
    return box(LON + x0 * 0.004, LAT + y0 * 0.003, LON + (x0 + nx) * 0.004, LAT + (y0 + ny) * 0.003)


def _units(renamed: dict[str, str]) -> dict[str, gpd.GeoDataFrame]:
    rows: dict[str, list[dict[str, Any]]] = {"district": [], "street": [], "community": []}
    for d, name in enumerate(("东关区", "西岭区")):
        rows["district"].append(
            {"unit_id": f"0{d + 1}", "unit_name": name, "geometry": _cell(d * 9, 0, 9, 6)}
        )
        for s in range(3):
            code = f"0{d + 1}0{s + 1}"
            text = f"{'春夏秋冬明亮'[d * 3 + s]}光街道"
            rows["street"].append(
                {"unit_id": code, "unit_name": text, "geometry": _cell(d * 9 + s * 3, 0, 3, 6)}
            )
            for c in range(3):
                rows["community"].append(
                    {
                        "unit_id": f"{code}0{c + 1}",
                        "unit_name": f"{text[:2]}第{'一二三'[c]}社区",
                        "geometry": _cell(d * 9 + s * 3, c * 2, 3, 2),
                    }
                )
    frames = {}
    for level, items in rows.items():
        frame = gpd.GeoDataFrame(items, geometry="geometry", crs="EPSG:4326")
        frame["unit_name"] = [
            renamed.get(i, n) for i, n in zip(frame["unit_id"], frame["unit_name"], strict=True)
        ]
        frame["covered_share"] = 1.0
        frame.loc[frame.index[-1], "covered_share"] = 0.42
        frames[level] = frame
    return frames


def _homes(rng: np.random.Generator, units: dict[str, gpd.GeoDataFrame], n: int) -> gpd.GeoDataFrame:
    x, y = LON + rng.random(n) * 0.072, LAT + rng.random(n) * 0.018
    homes = gpd.GeoDataFrame(
        {"home_id": [f"way/{i}" for i in range(n)]}, geometry=gpd.points_from_xy(x, y), crs="EPSG:4326"
    )
    for band in BANDS:
        homes[f"children_{band}"] = np.round(rng.gamma(2.0, 3.0, n), 2)
    for level, frame in units.items():
        joined = gpd.sjoin(homes[["geometry"]], frame[["unit_id", "geometry"]], how="left")
        homes[f"{level}_id"] = joined[~joined.index.duplicated()]["unit_id"]
    for k, target in enumerate(TARGETS):
        metres = np.round(rng.gamma(2.0, 150.0 + 60 * k, n), 1)
        metres[metres > 3000] = np.inf
        metres[:5] = np.nan
        homes[f"m_{target}"] = metres
    homes["connector_m"] = np.where(np.arange(n) < 5, np.nan, 12.0)
    return homes


def _coverage(rng: np.random.Generator, units: dict[str, gpd.GeoDataFrame], lang: str) -> pd.DataFrame:
    rows = []
    for level, frame in units.items():
        for unit in frame.itertuples():
            rows.extend(_coverage_row(rng, level, unit, item, lang) for item in INDICATORS)
    return pd.DataFrame(rows)


def _coverage_row(
    rng: np.random.Generator, level: str, unit: Any, item: tuple[Any, ...], lang: str
) -> dict[str, Any]:
    code, task, zh, en, band, value_unit, goal, target, _ = item
    children = float(np.round(rng.uniform(60, 900)))
    status = "ok"
    if target in ("nursing_room", "children_home"):
        status = "no_data"
    elif unit.covered_share < 0.9:
        status = "partial_extract"
    elif code == "HOS-3" and level != "district":
        status = "not_at_level"
    elif code == "SCH-2" and unit.unit_id.endswith("02"):
        status, children = "few_children", 31.0
    top = 1.0 if value_unit == "share" else (goal or 2.0) * 1.3
    value = float(rng.uniform(0.1, 1.0) * top) if status not in ("no_data", "not_at_level") else np.nan
    part = (2.0 - value) / 2.0 if goal == 0 else value / goal
    score = 100 * min(1.0, max(0.0, part))
    return {
        "unit_level": level,
        "unit_id": unit.unit_id,
        "unit_name": unit.unit_name,
        "task": task,
        "indicator": code,
        "title": zh if lang == "zh" else en,
        "age_band": band,
        "value": value,
        "value_unit": value_unit,
        "numerator": value * children,
        "denominator": children,
        "value_low": value * 0.9,
        "value_high": min(value * 1.1, 1.0) if value_unit == "share" else value * 1.1,
        "goal": goal,
        "score": score if status == "ok" else np.nan,
        "scored": True,
        "status": status,
        "children": children,
        "n_facilities": int(rng.integers(0, 9)),
        "n_unmeasured": int(rng.integers(0, 3)),
        "covered_share": unit.covered_share,
        "evidence": "none" if status == "no_data" else "osm",
        "confidence": "secondary",
        "source": "GB 50180-2018",
    }


def _scores(units: dict[str, gpd.GeoDataFrame], coverage: pd.DataFrame) -> pd.DataFrame:
    tables = []
    for level, frame in units.items():
        here = coverage[coverage["unit_level"] == level]
        wide = here.pivot_table(index="unit_id", columns="task", values="score", aggfunc="mean")
        table = frame[["unit_id", "unit_name"]].copy()
        table.insert(0, "unit_level", level)
        for task in TASKS:
            table[f"task_{task}"] = table["unit_id"].map(wide[task]) if task in wide else np.nan
        table["overall"] = table[[f"task_{t}" for t in TASKS if t >= 13]].mean(axis=1)
        table["data_share"] = np.where(frame["covered_share"] < 0.9, 0.0, 0.71)
        table["rank"] = table["overall"].rank(ascending=False, method="min")
        table["children"] = table["unit_id"].map(here.groupby("unit_id")["children"].sum())
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def _ranks(scores: pd.DataFrame) -> pd.DataFrame:
    table = scores[["unit_level", "unit_id", "unit_name", "overall", "rank"]].copy()
    table["overall_low"], table["overall_high"] = table["overall"] - 4, table["overall"] + 3
    table["rank_low"], table["rank_high"] = (table["rank"] - 2).clip(lower=1), table["rank"] + 1
    table["worst_quarter_chance"] = np.where(table["rank"] > 12, 0.4, 0.0)
    table["n_ranked"] = table.groupby("unit_level")["rank"].transform("count")
    return table


def _task_ranges(scores: pd.DataFrame) -> pd.DataFrame:
    """Ranges from 4 below a score to 3 above it; no cause applies to task 19, and to half of task 18."""
    names = [f"task_{task}" for task in TASKS]
    district = scores[scores["unit_level"] == "district"]
    known = district[district["overall"].notna()]
    whole = {n: np.average(known[n], weights=known["children"]) for n in (*names, "overall")}
    city = pd.DataFrame({"unit_level": "all", "unit_id": "", "unit_name": "", **whole}, index=[0])
    keys = ["unit_level", "unit_id", "unit_name"]
    long = [
        frame.melt(id_vars=keys, value_vars=v, var_name="task", value_name="score")
        for frame, v in ((city, [*names, "overall"]), (scores, names))
    ]
    table = pd.concat(long, ignore_index=True)
    table["task"] = table["task"].str.removeprefix("task_")
    share = table["task"].map({"18": 0.5, "19": 0.0}).fillna(1.0).where(table["score"].notna())
    table["score_low"] = (table["score"] - 4).clip(0, 100).where(share > 0)
    table["score_high"] = (table["score"] + 3).clip(0, 100).where(share > 0)
    return table.assign(varied_share=share, quantile_low=0.05, quantile_high=0.95, draws=400)


def _facilities(rng: np.random.Generator, renamed: dict[str, str]) -> gpd.GeoDataFrame:
    rows = []
    for kind, n in (
        ("primary_school", 8),
        ("library", 3),
        ("park", 4),
        ("bus_stop", 60),
        ("kindergarten", 11),
    ):
        for i in range(n):
            code = f"{kind}/node/{i}"
            point = Point(LON + rng.random() * 0.072, LAT + rng.random() * 0.018)
            shape = point.buffer(0.0006) if kind in ("park", "primary_school") else point
            named = {"primary_school": "实验小学", "library": "市图书馆", "park": "公园"}.get(kind, "")
            rows.append(
                {
                    "facility_id": code,
                    "kind": kind,
                    "name": renamed.get(code, f"{named}{i + 1}" if named else None),
                    "source": "osm" if i % 2 else "municipal:名单.csv",
                    "source_id": f"node/{i}",
                    "capacity": float(100 + i) if kind == "kindergarten" else np.nan,
                    "geometry": shape,
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")


def _segments() -> gpd.GeoDataFrame:
    rows = []
    for i in range(19):
        x = LON + i * 0.004
        rows.append(("primary" if i % 6 == 0 else "residential", LineString([(x, LAT), (x, LAT + 0.018)])))
    for j in range(7):
        y = LAT + j * 0.003
        rows.append(("secondary" if j % 3 == 0 else "footway", LineString([(LON, y), (LON + 0.072, y)])))
    return gpd.GeoDataFrame(
        {"highway": [r[0] for r in rows], "length_m": 300.0}, geometry=[r[1] for r in rows], crs="EPSG:4326"
    )


def _scenery() -> gpd.GeoDataFrame:
    water = box(LON, LAT + 0.0082, LON + 0.072, LAT + 0.0092)
    park = Point(LON + 0.03, LAT + 0.014).buffer(0.0015)
    return gpd.GeoDataFrame({"kind": ["water", "park"]}, geometry=[water, park], crs="EPSG:4326")


def _tasks() -> list[dict[str, Any]]:
    names = ("托育服务", "学前教育", "学校", "图书馆", "医院", "公园", "母婴室", "社区", "街区")
    english = ("Childcare", "Kindergartens", "Schools", "Libraries", "Hospitals", "Parks", "Nursing rooms")
    english += ("Communities", "Blocks and streets")
    return [
        {"number": n, "title": {"zh": zh, "en": en}, "weight": float(n >= 13)}
        for n, zh, en in zip(TASKS, names, english, strict=True)
    ]


def _meta(lang: str, units: dict[str, gpd.GeoDataFrame]) -> dict[str, Any]:
    name = "示例市 (synthetic)" if lang == "zh" else "Sample city (synthetic)"
    indicators: dict[str, dict[str, Any]] = {}
    for code, task, zh, en, band, value_unit, goal, target, metres in INDICATORS:
        item: dict[str, Any] = {
            "id": code,
            "task": task,
            "title": {"zh": zh, "en": en},
            "who": band,
            "goal": goal,
        }
        item |= {"measure": "coverage" if target else "ratio", "value_unit": value_unit}
        item |= {"target": target, "full_m": metres, "zero_m": metres * 2} if target else {}
        item |= {"zero": 2.0, "better": "less"} if code == "SCH-6" else {}
        item |= {"goal_basis": "design", "source": "GB 50180-2018", "confidence": "secondary"}
        indicators.setdefault(code, item)
    reasons = [
        {"unit_level": level, "unit_id": i, "indicator": code, "reason": why}
        for level, frame in units.items()
        for i in frame["unit_id"]
        for code, why in (("NUR-1", "OSM 不能证明没有母婴室"), ("COM-2", "没有儿童之家名单"))
    ]
    return {
        "cfspace": "0.1.0",
        "study": {
            "study": {"name": name, "language": lang, "snapshot": "2026-09-30", "rulebook": "jilin-2022"}
        },
        "rulebook": {"name": "jilin-2022", "version": "1", "title": {"zh": "吉林 2022", "en": "Jilin 2022"}}
        | {"indicator": list(indicators.values()), "target": [], "task": _tasks()},
        "language": lang,
        "inputs": [{"file": "city.osm.pbf", "sha256": "0" * 64, "bytes": 12345}],
        "crs": pyproj.CRS.from_proj4(FRAME).to_wkt(),
        "limits_m": dict.fromkeys(TARGETS, 3000.0),
        "weights": {"kind": "children", "are_children": True},
        "evidence": {"primary_school": "municipal_complete", "library": "osm", "nursing_room": "none"},
        "reasons": reasons,
        "counts": {"homes": 400, "homes_unmeasured": 5},
        "licences": ["© OpenStreetMap contributors, ODbL 1.0", "示例市教育局名单"],
        "extent": None,
        "scenery": "scenery.parquet",
        "timings_s": {"read": 1.0},
        "peak_memory_mb": 120,
    }
