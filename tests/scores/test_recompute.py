"""The sample's coverage.csv recomputed from the other files of its run, in plain pandas."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import cfspace
from cfspace.rulebooks import load_rulebook

LEVELS = ("district", "street", "community")
BOOK = load_rulebook("jilin-2022")
COVERAGES = [rule.id for rule in BOOK.indicator if rule.measure == "coverage"]


@pytest.fixture(scope="module")
def homes(sample_run: cfspace.Run) -> pd.DataFrame:
    return pd.DataFrame(sample_run.homes.drop(columns="geometry"))


@pytest.fixture(scope="module")
def places(sample_run: cfspace.Run) -> gpd.GeoDataFrame:
    return sample_run.facilities


def told(run: cfspace.Run, indicator: str) -> pd.DataFrame:
    rows = run.coverage[run.coverage["indicator"] == indicator]
    assert not rows.empty
    return rows


def compare(rows: pd.DataFrame, expected: dict[tuple[str, str, str], tuple[float, float]]) -> None:
    """Compare numerator, denominator and value of every row that has a value."""
    n_compared = 0
    for row in rows[rows["value"].notna()].itertuples(index=False):
        numerator, denominator = expected[row.unit_level, row.unit_id, row.age_band]
        assert row.numerator == pytest.approx(numerator, abs=1e-9, rel=1e-9)
        assert row.denominator == pytest.approx(denominator, abs=1e-9, rel=1e-9)
        assert row.value == pytest.approx(numerator / denominator, abs=1e-9)
        n_compared += 1
    assert n_compared > 0


def groups_of(who: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    single = [(band, (band,)) for band in who]
    together = f"{who[0].split('_')[0]}_{who[-1].split('_')[1]}"
    return single if len(who) == 1 else [*single, (together, who)]


def by_unit(homes: pd.DataFrame, per_band: dict[str, tuple[pd.Series, pd.Series]]) -> dict[Any, Any]:
    """Sum what is counted and out of how many, per level, unit and age band."""
    expected = {}
    for level in LEVELS:
        for label, bands in groups_of(tuple(per_band)):
            upper = sum(per_band[band][0] for band in bands).groupby(homes[f"{level}_id"]).sum()  # type: ignore[union-attr]
            lower = sum(per_band[band][1] for band in bands).groupby(homes[f"{level}_id"]).sum()  # type: ignore[union-attr]
            expected |= {(level, unit, label): (upper[unit], lower[unit]) for unit in upper.index}
    return expected


@pytest.mark.parametrize("indicator", COVERAGES)
def test_coverage(indicator: str, sample_run: cfspace.Run, homes: pd.DataFrame) -> None:
    rule = BOOK.rule(indicator)
    measured = homes["connector_m"].notna()
    per_band = {}
    for band in rule.who:
        near = pd.Series(False, index=homes.index)
        for way in rule.ways():
            if way.credit == 1 and (not way.who or band in way.who):
                near |= homes[f"m_{way.target}"] <= way.full_m
        children = homes[f"children_{band}"].where(measured, 0.0)
        per_band[band] = (children.where(near, 0.0), children)
    compare(told(sample_run, indicator), by_unit(homes, per_band))


@pytest.mark.parametrize("indicator", ["SCH-1Z", "SCH-2Z"])
def test_zone_coverage(indicator: str, sample_run: cfspace.Run, homes: pd.DataFrame) -> None:
    rule = BOOK.rule(indicator)
    (way,) = rule.ways()  # type: ignore[union-attr]
    walk = homes[f"zone_m_{way.target}"]
    children = homes[f"children_{rule.who[0]}"].where(walk.notna(), 0.0)
    near = children.where(walk <= way.full_m, 0.0)
    compare(told(sample_run, indicator), by_unit(homes, {rule.who[0]: (near, children)}))


def test_floating_supply(sample_run: cfspace.Run, homes: pd.DataFrame, places: gpd.GeoDataFrame) -> None:
    pairs = pd.read_parquet(sample_run.folder / "pairs.parquet")
    pairs = pairs[(pairs["target"] == "childcare") & (pairs["metres"] <= 800)]
    young = homes.set_index("home_id")["children_0_2"]
    sought = young.reindex(pairs["home_id"]).groupby(pairs["facility_id"].to_numpy()).sum()
    capacity = places.set_index("facility_id")["capacity"].astype(float)
    each = (capacity / sought).reindex(pairs["facility_id"]).groupby(pairs["home_id"].to_numpy()).sum()
    falls = each.reindex(homes["home_id"]).fillna(0.0).to_numpy() * homes["children_0_2"]
    compare(told(sample_run, "CC-1F"), by_unit(homes, {"0_2": (falls, homes["children_0_2"] / 1000)}))


def test_profile_ratio(sample_run: cfspace.Run, homes: pd.DataFrame) -> None:
    rule = BOOK.rule("BLK-5")
    ways = rule.ways()  # type: ignore[union-attr]
    per_band = {}
    for band in rule.who:
        freely, pushed = (
            sum((homes[f"{begin}m_{way.target}"] <= way.full_m).astype(float) for way in ways)
            for begin in ("", "stroller_")
        )
        children = homes[f"children_{band}"]
        per_band[band] = (children * pushed, children * freely)
    compare(told(sample_run, "BLK-5"), by_unit(homes, per_band))


@pytest.mark.parametrize("indicator", ["SCH-5", "SCH-6"])
def test_route(indicator: str, sample_run: cfspace.Run, homes: pd.DataFrame) -> None:
    rule = BOOK.rule(indicator)
    trips = pd.read_parquet(sample_run.folder / "trips.parquet")
    per_band = {}
    for band, kind in rule.schools.items():  # type: ignore[union-attr]
        own = trips[trips["kind"] == kind].set_index("home_id").reindex(homes["home_id"]).reset_index()
        children = homes[f"children_{band}"]
        if indicator == "SCH-5":
            upper, lower = own["footway_m"], own["known_m"]
        else:
            upper, lower = own["major_crossings"], own["path_m"].notna().astype(float)
        per_band[band] = (children * upper.fillna(0.0), children * lower.fillna(0.0))
    compare(told(sample_run, indicator), by_unit(homes, per_band))


AUDITS = [rule for rule in BOOK.indicator if rule.measure == "audit"]


@pytest.mark.parametrize("rule", AUDITS, ids=[rule.id for rule in AUDITS])
def test_audit(rule: Any, sample_run: cfspace.Run, places: gpd.GeoDataFrame, sample_study: Path) -> None:
    """Answers as the checklists give them, placed by the names that the places have."""
    study = tomllib.loads(sample_study.read_text(encoding="utf-8"))
    answers = []
    for section in study["audits"]:
        own = {item: column for item, column in section["columns"].items() if item in rule.items}
        if not own or (section.get("kind") not in rule.kinds if rule.kinds else "level" not in section):
            continue
        table = pd.read_csv(sample_study.parent / section["file"], dtype=str, encoding="utf-8-sig")
        key = section.get("facility") or section["unit_id"]
        answers += [
            pd.DataFrame({"place": table[key], "answer": table[column], "kind": section.get("kind")})
            for column in own.values()
        ]
    listed = pd.concat(answers, ignore_index=True)
    listed = listed[listed["answer"].isin(["是", "否"])].assign(yes=listed["answer"] == "是")
    if rule.kinds:
        own_places = places[places["kind"].isin(rule.kinds)].drop_duplicates(["kind", "name"])
        where = listed.merge(own_places, left_on=["place", "kind"], right_on=["name", "kind"], how="inner")
        assert len(where) == len(listed)
        ids = {level: where[f"{level}_id"] for level in LEVELS}
    else:
        where = listed.assign(code=listed["place"])
        # Codes of finer units begin with those of the units that they lie in.
        lengths = {"district": 6, "street": 9, "community": 12}
        ids = {
            level: where["code"].str[:n].where(where["code"].str.len() >= n) for level, n in lengths.items()
        }
    expected = {}
    for level, unit in ids.items():
        upper, lower = where["yes"].groupby(unit).sum(), where["yes"].groupby(unit).size()
        expected |= {(level, name, "all"): (float(upper[name]), float(lower[name])) for name in lower.index}
    compare(told(sample_run, rule.id), expected)


def test_count_norm(sample_run: cfspace.Run, places: gpd.GeoDataFrame) -> None:
    """No unit of the sample has 1.5 million residents: one library for every 200,000."""
    libraries = places[places["kind"] == "library"]
    expected = {}
    for level in LEVELS:
        residents = sample_run.units[level].set_index("unit_id")["residents"]
        assert residents.max() < 1_500_000
        count = libraries.groupby(f"{level}_id").size()
        expected |= {
            (level, unit, "all"): (float(count.get(unit, 0)), people / 200_000)
            for unit, people in residents.items()
        }
    compare(told(sample_run, "LIB-3"), expected)


def test_bundle(sample_run: cfspace.Run, homes: pd.DataFrame) -> None:
    limits = {"kindergarten": 300, "childcare": 300, "playground": 300, "park": 300, "clinic": 500}
    share = sum((homes[f"m_{kind}"] <= metres).astype(float) for kind, metres in limits.items()) / 5
    measured = homes["connector_m"].notna()
    children = {band: homes[f"children_{band}"].where(measured, 0.0) for band in ("0_2", "3_5")}
    per_band = {band: (count * share, count) for band, count in children.items()}
    compare(told(sample_run, "COM-4"), by_unit(homes, per_band))


@pytest.mark.parametrize(
    ("indicator", "kinds", "attribute", "credits"),
    [
        ("CC-4", ["kindergarten"], "inclusive", {"yes": 1.0}),
        ("LIB-4", ["library"], "wheelchair", {"yes": 1.0, "limited": 0.5}),
        ("HOS-5", ["hospital", "paediatric_hospital"], "certified", {"yes": 1.0}),
        ("HOS-6", ["clinic"], "paediatrics", {"yes": 1.0}),
    ],
)
def test_ratio(
    indicator: str,
    kinds: list[str],
    attribute: str,
    credits: dict[str, float],  # noqa: A002
    sample_run: cfspace.Run,
    places: gpd.GeoDataFrame,
) -> None:
    own = places[places["kind"].isin(kinds)].drop_duplicates(["source", "source_id"])
    words = own[attribute].astype(str).str.lower()
    words = words.replace(
        {
            "是": "yes",
            "部分": "limited",
            "true": "yes",
            "1": "yes",
            "1.0": "yes",
            "否": "no",
            "false": "no",
            "0.0": "no",
        }
    )
    known = words.notna() & ~words.isin(["nan", "none", "", "不详"])
    worth = words.map(credits).fillna(0.0).where(known, 0.0)
    expected = {}
    for level in LEVELS:
        unit = own[f"{level}_id"]
        upper, lower = worth.groupby(unit).sum(), known.astype(float).groupby(unit).sum()
        for name in upper.index:
            expected |= {(level, name, band): (upper[name], lower[name]) for band in ("all", "3_5", "0_17")}
    compare(told(sample_run, indicator), expected)


def test_supply_of_places_and_of_park(sample_run: cfspace.Run, places: gpd.GeoDataFrame) -> None:
    for indicator, kind, attribute, per in (
        ("CC-1", "childcare", "capacity", 1000),
        ("PRK-2", "park", "area_m2", 1),
    ):
        own = places[places["kind"] == kind]
        expected = {}
        for level in LEVELS:
            amount = own.groupby(f"{level}_id")[attribute].sum()
            residents = sample_run.units[level].set_index("unit_id")["residents"]
            for unit, people in residents.items():
                expected[level, unit, "all"] = (amount.get(unit, 0.0), people / per)
        compare(told(sample_run, indicator), expected)


def test_supply_per_child(sample_run: cfspace.Run, homes: pd.DataFrame) -> None:
    beds = sample_run.units["district"].set_index("unit_id")["beds"]
    young = homes[[f"children_{band}" for band in ("0_2", "3_5", "6_11", "12_14")]].sum(axis=1)
    children = young.groupby(homes["district_id"]).sum()
    expected = {("district", unit, "0_14"): (beds[unit], children[unit] / 1000) for unit in beds.index}
    compare(told(sample_run, "HOS-3"), expected)


def test_presence(sample_run: cfspace.Run, places: gpd.GeoDataFrame) -> None:
    has = set(places.loc[places["kind"] == "children_home", "community_id"])
    rows = told(sample_run, "COM-1")
    own = rows[rows["unit_level"] == "community"]
    assert own["numerator"].tolist() == [float(unit in has) for unit in own["unit_id"]]
    assert (own["denominator"] == 1).all()
    district = rows[rows["unit_level"] == "district"]
    assert district["denominator"].sum() == len(own)
    assert district["numerator"].sum() == own["numerator"].sum()


def test_density(sample_run: cfspace.Run) -> None:
    """Middles of streets by a spatial join; the one-way segments are the two carriageways of one avenue."""
    classes = BOOK.rule("BLK-3").classes  # type: ignore[union-attr]
    streets = gpd.read_parquet(sample_run.folder / "segments.parquet")
    streets = streets[streets["highway"].isin(classes)].to_crs(sample_run.record["crs"])
    assert set(streets.loc[streets["oneway"], "name"]) == {"人民大街"}
    middles = gpd.GeoDataFrame(
        {"length_m": streets["length_m"] * np.where(streets["oneway"], 0.5, 1.0)},
        geometry=streets.geometry.interpolate(0.5, normalized=True),
        crs=streets.crs,
    )
    expected = {}
    for level in LEVELS:
        units = sample_run.units[level].set_index("unit_id").to_crs(streets.crs)
        inside = middles.sjoin(units[["geometry"]], predicate="intersects")
        inside = inside[~inside.index.duplicated()]
        km = inside.groupby("unit_id")["length_m"].sum() / 1000
        for unit, row in units.iterrows():
            expected[level, unit, "all"] = (km.get(unit, 0.0), row["area_m2"] * row["covered_share"] / 1e6)
    compare(told(sample_run, "BLK-3"), expected)


def test_scores_follow_from_coverage(sample_run: cfspace.Run) -> None:
    """Task scores are means of the rows that are scored, overall is the mean of tasks 13 to 19."""
    rows = sample_run.coverage[sample_run.coverage["scored"] & sample_run.coverage["score"].notna()]
    means = rows.groupby(["unit_level", "unit_id", "task"])["score"].mean().unstack("task")
    means.columns = means.columns.astype(int)
    scores = sample_run.scores.set_index(["unit_level", "unit_id"])
    for task in (5, 6, *range(13, 20)):
        if task in means:
            np.testing.assert_allclose(
                scores[f"task_{task}"], means[task].reindex(scores.index), atol=1e-9, equal_nan=True
            )
    overall = means[[task for task in range(13, 20) if task in means]].mean(axis=1)
    np.testing.assert_allclose(scores["overall"], overall.reindex(scores.index), atol=1e-9, equal_nan=True)


def test_units_of_a_level_sum_to_the_level_above(sample_run: cfspace.Run) -> None:
    counted = ["SCH-1", "PRK-1", "LIB-1", "COM-2", "CC-3", "LIB-4", "COM-5", "BLK-7"]
    rows = sample_run.coverage[sample_run.coverage["indicator"].isin(counted)]
    sums = rows.groupby(["indicator", "age_band", "unit_level"])[["numerator", "denominator"]].sum().unstack()
    for column in ("numerator", "denominator"):
        for level in ("street", "community"):
            np.testing.assert_allclose(sums[column][level], sums[column]["district"], rtol=1e-9)
