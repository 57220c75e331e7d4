"""The map as people use it, in a real browser with the network cut off."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cfspace.present.maps import draw_map
from cfspace.present.tiles import tiles_of
from tests.present.conftest import SIZES, faults_of
from tests.present.runmaker import LAT, LON, make_run_folder

pytestmark = pytest.mark.browser

Opener = Callable[..., Any]


def legend(page: Any) -> dict[str, str]:
    return dict(page.evaluate("probe.legend()"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_opens_clean_and_nothing_is_cut_off(
    opened: Opener, pages: dict[str, Path], lang: str, size: str
) -> None:
    page = opened(pages[lang], size=size)
    assert page.evaluate("probe.cutOff()") == []
    assert page.evaluate("[...probe.overlaps('.cf-top'), ...probe.overlaps('#cf-controls')]") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    box = page.locator(".folium-map").bounding_box()
    assert box["height"] > 400
    assert page.locator(".leaflet-control-scale").is_visible()
    assert faults_of(page) == []
    assert page.locator(".leaflet-control-attribution").is_visible()


def test_level_and_measure_change_the_legend(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    assert sum(int(n) for n in legend(page).values()) == 2
    page.select_option("#cf-level", index=2)
    assert sum(int(n) for n in legend(page).values()) == 18
    page.select_option("#cf-measure", label="HOS-3 Paediatric beds per 1,000")
    assert "beds per 1,000 children" in page.inner_text("#cf-legend")
    assert legend(page)["Not judged at this level"] == "17"


def test_an_indicator_of_several_bands_offers_each(opened: Opener, pages: dict[str, Path], run: Any) -> None:
    page = opened(pages["en"])
    assert not page.locator("#cf-band").is_visible()
    page.select_option("#cf-level", index=2)
    page.select_option("#cf-measure", label="PRK-4 Play area reach")
    assert page.locator("#cf-band option").all_inner_texts() == ["ages 0–11", "ages 0–5", "ages 6–11"]
    page.select_option("#cf-band", label="ages 0–5")
    rows = run.coverage[(run.coverage["unit_level"] == "community") & (run.coverage["indicator"] == "PRK-4")]
    young = rows[(rows["age_band"] == "0_5") & (rows["status"] == "ok")]
    assert int(legend(page)["80–100%"]) == int((young["value"] >= 0.8).sum())
    page.select_option("#cf-measure", label="BLK-3 Street density")
    assert not page.locator("#cf-band").is_visible()


def test_the_legend_counts_what_the_table_says(opened: Opener, pages: dict[str, Path], run: Any) -> None:
    page = opened(pages["en"])
    page.select_option("#cf-level", index=2)
    page.select_option("#cf-measure", label="SCH-1 Primary school reach")
    rows = run.coverage[(run.coverage["unit_level"] == "community") & (run.coverage["indicator"] == "SCH-1")]
    values = rows.loc[rows["status"] == "ok", "value"]
    shown = legend(page)
    assert int(shown["80–100%"]) == int((values >= 0.8).sum())
    assert int(shown["0–20%"]) == int((values < 0.2).sum())
    assert int(shown["Not wholly inside the data, not scored"]) == 1
    assert "Goal: at least 90%" in page.inner_text("#cf-legend")


def test_units_are_painted_in_the_colour_of_their_class(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    wanted = page.evaluate(
        "(({ measure: m, level }) => m.colours[cfspace.classOf(level.units[0].s.overall[0], m.breaks)])"
        "(cfspace.units)"
    )
    painted = page.evaluate("probe.colourAt(0)")
    red, green, blue = (int(wanted[i : i + 2], 16) for i in (1, 3, 5))
    assert max(abs(a - b) for a, b in zip(painted[:3], (red, green, blue), strict=True)) <= 3


def test_a_unit_without_a_score_is_grey_and_never_a_low_colour(
    opened: Opener, pages: dict[str, Path]
) -> None:
    page = opened(pages["en"])
    red, green, blue, _ = page.evaluate("probe.colourAt(1)")
    assert max(red, green, blue) - min(red, green, blue) <= 14
    assert legend(page)["Not wholly inside the data, not scored"] == "1"


@pytest.mark.parametrize("size", SIZES)
def test_a_click_opens_the_panel_of_the_unit(opened: Opener, pages: dict[str, Path], size: str) -> None:
    page = opened(pages["en"], size=size)
    page.mouse.click(*page.evaluate("probe.spotOf(0)"))
    panel = page.locator("#cf-unit")
    assert panel.is_visible()
    text = panel.inner_text()
    for words in (
        "likely 1–2",
        "东关区",
        "Scores by task",
        "14 Libraries",
        "Share with data",
        "71%",
        "Below a score: its likely range",
        "What is missing",
        "NUR-1",
    ):
        assert words in text
    low, high = (page.evaluate(f"Math.round(cfspace.units.level.units[0].tr[13][{k}])") for k in (0, 1))
    assert f"{low}–{high}" in page.locator(".cf-bars b small").all_inner_texts()
    assert page.evaluate("probe.cutOff()") == []
    page.keyboard.press("Escape")
    assert not panel.is_visible()


def test_homes_are_coloured_by_the_walk_to_the_chosen_target(
    opened: Opener, pages: dict[str, Path], run: Any
) -> None:
    page = opened(pages["en"])
    page.check("input[value=homes]", force=True)
    page.select_option("#cf-target", label="Primary school")
    metres = run.homes["m_primary_school"]
    shown = legend(page)
    assert int(shown["≤ 250 m"]) == int((metres <= 250).sum())
    assert int(shown["Not measured"]) == int(metres.isna().sum()) == 5
    assert "Standard distance 500 m" in page.inner_text("#cf-legend")
    assert page.evaluate("probe.painted('cf-homes')") > 1000
    page.check("input[value=units]", force=True)
    assert page.locator(".leaflet-cf-homes-pane canvas").count() == 0


def test_gaps_show_where_most_children_are_left_out(opened: Opener, pages: dict[str, Path], run: Any) -> None:
    page = opened(pages["en"])
    page.check("input[value=gaps]", force=True)
    page.select_option("#cf-gap", label="SCH-1 Primary school reach (ages 6–11)")
    left_out = run.homes.loc[run.homes["m_primary_school"] > 500, "children_6_11"].sum()
    assert f"{round(left_out):,} children left out" in page.inner_text("#cf-legend")
    assert page.evaluate("probe.painted('cf-homes')") > 1000
    assert page.locator(".cf-places button").count() == 5
    before = page.evaluate("cfspace.map.getZoom()")
    page.click(".cf-places button >> nth=0")
    assert page.evaluate("cfspace.map.getZoom()") > before
    assert page.evaluate("probe.cutOff()") == []


def test_facilities_are_off_until_asked_for(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    assert page.locator(".cf-mark").count() == 0
    page.click("#cf-kinds-box summary")
    page.check("#cf-kind-primary_school")
    assert page.evaluate("probe.marks()") == 8
    page.click("#cf-kinds-none")
    assert page.locator(".cf-mark").count() == 0
    assert not page.is_checked("#cf-kind-primary_school")


def test_search_finds_units_and_facilities_by_keyboard(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["zh"])
    page.fill("#cf-search", "春光第二")
    assert page.inner_text("#cf-hit-0").startswith("春光第二社区")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert "春光第二社区" in page.inner_text("#cf-unit")
    assert page.input_value("#cf-level") == "2"
    page.fill("#cf-search", "实验小学3")
    page.keyboard.press("Enter")
    assert "实验小学3" in page.inner_text(".leaflet-popup-content")
    assert page.is_checked("#cf-kind-primary_school")
    page.fill("#cf-search", "没有这样的名字")
    assert "没有找到" in page.inner_text("#cf-hits")


def test_every_control_is_reached_by_the_keyboard(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    reached = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"cf-search", "cf-level", "cf-measure", "SUMMARY"} <= reached


def test_hostile_names_are_shown_as_text(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["hostile"])
    page.fill("#cf-search", "<script>")
    page.keyboard.press("Enter")
    assert "<script>window.hacked = 1</script>" in page.inner_text("#cf-unit")
    page.select_option("#cf-level", index=1)
    for kind in ("primary_school", "library"):
        page.evaluate("kind => probe.openAll(kind)", kind)
    page.wait_for_timeout(400)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("probe.cutOff()") == []


def test_the_first_paint_does_not_wait_for_streets(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    assert page.evaluate("performance.now()") < 10_000
    assert page.locator(".leaflet-cf-streets-pane canvas").count() == 1
    page.click("#cf-back-box summary")
    page.uncheck("#cf-show-streets")
    assert page.locator(".leaflet-cf-streets-pane canvas").count() == 0


def test_print_shows_title_map_and_legend_alone(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    page.emulate_media(media="print")
    assert page.locator("#cf-title").is_visible()
    assert page.locator("#cf-legend").is_visible()
    legend_box, map_box = (page.locator(part).bounding_box() for part in ("#cf-legend", ".folium-map"))
    assert legend_box["x"] + legend_box["width"] <= map_box["x"]
    assert map_box["width"] > 900
    assert map_box["height"] > 700
    assert not page.locator("#cf-search").is_visible()
    assert not page.locator("#cf-measure").is_visible()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the map of a city of 60,000 homes."""
    folder = make_run_folder(tmp_path_factory.mktemp("crowded") / "run", n_homes=60_000)
    path = folder / "map.html"
    path.write_text(draw_map(folder, lang="en"), "utf-8")
    return path


def test_too_many_homes_are_summed_to_hexagons_and_the_page_says_so(opened: Opener, crowded: Path) -> None:
    page = opened(crowded)
    page.check("input[value=homes]", force=True)
    note = page.inner_text("#cf-homes-note")
    assert "60,000 homes" in note
    assert "hexagons" in note
    n_cells = page.evaluate("cfspace.homes.w.length")
    assert 1000 < n_cells <= 20_000
    assert sum(int(n.replace(",", "")) for _, n in page.evaluate("probe.legend()")) == n_cells
    assert page.evaluate("probe.painted('cf-homes')") > 10_000
    assert crowded.stat().st_size < 4_000_000


@pytest.fixture(scope="module")
def many_stops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the map of a city of 21,060 bus stops, all but 60 of them made up here."""
    folder = make_run_folder(tmp_path_factory.mktemp("stops") / "run")
    known = gpd.read_parquet(folder / "facilities.parquet")
    x_deg, y_deg = np.random.default_rng(3).random((2, 21_000)) * [[0.072], [0.018]]
    places = gpd.points_from_xy(LON + x_deg, LAT + y_deg)
    names = [f"bus_stop/more/{k}" for k in range(len(places))]
    more = gpd.GeoDataFrame({"facility_id": names, "geometry": places}, crs=known.crs)
    more = more.assign(kind="bus_stop", name=None, source="osm", source_id=names, capacity=np.nan)
    pd.concat([known, more], ignore_index=True).to_parquet(folder / "facilities.parquet")
    path = folder / "map.html"
    path.write_text(draw_map(folder, lang="en"), "utf-8")
    return path


def test_too_many_places_are_summed_to_hexagons_and_the_page_says_so(
    opened: Opener, many_stops: Path
) -> None:
    page = opened(many_stops)
    page.click("summary:has(#cf-kinds-n)")
    row = page.locator("label:has(#cf-kind-bus_stop)").inner_text()
    assert "21,060" in row
    assert "hexagons" in row
    page.check("#cf-kind-bus_stop")
    rounds = page.locator(".cf-mark b").all_inner_texts()
    assert sum(int(text.replace(",", "")) for text in rounds) > 20_000
    page.evaluate("cfspace.map.setZoom(18, { animate: false })")
    page.locator(".cf-mark:has(.cf-one)").first.focus()
    page.keyboard.press("Enter")
    assert re.search(r"Places in this hexagon, 50 m wide: \d+", page.inner_text(".leaflet-popup-content"))
    assert many_stops.stat().st_size < 4_000_000


def test_places_at_one_spot_fan_out_and_each_can_be_opened(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    page.evaluate(
        """() => {
          const kind = cfspace.facilities.kinds.find((one) => one.kind === "library");
          kind.points = kind.points.map(() => kind.points[0]);
          cfspace.facilities.show("library", true);
          cfspace.map.setView(kind.points[0], 19, { animate: false });
        }"""
    )
    assert page.locator(".cf-many").inner_text().startswith("3")
    page.click(".cf-many")
    assert page.locator(".cf-mark .cf-one").count() == 3
    page.locator(".cf-mark:has(.cf-one)").last.click()
    assert "市图书馆" in page.inner_text(".leaflet-popup-content")


def test_a_round_is_opened_by_the_keyboard(opened: Opener, pages: dict[str, Path]) -> None:
    page = opened(pages["en"])
    page.evaluate("cfspace.facilities.show('library', true)")
    page.locator(".cf-mark").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.leaflet-popup-content') || cfspace.map.getZoom() > 14")


def test_a_background_is_asked_for_only_when_switched_on(browser: Any, run_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text(draw_map(run_dir, lang="en", tiles=tiles_of("osm")), "utf-8")
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    page.route(re.compile("^http"), lambda route: route.abort())
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_selector("html[data-cfspace=ready]", state="attached")
    assert asked == []
    page.click("#cf-back-box summary")
    with page.expect_request(re.compile("^http")):
        page.check("#cf-show-tiles")
    page.close()
    assert asked
    assert all(url.startswith("https://tile.openstreetmap.org/") for url in asked)
