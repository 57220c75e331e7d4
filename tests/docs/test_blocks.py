"""Every code block of README and the documentation runs, or is checked as far as it goes without a network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import osmnx
import pytest
import shapely

import cfspace
from tests.docs.blocks import Workshop, blocks_of, commands_of
from tests.io.osmserver import OsmServer, serving
from tests.io.test_fetch import CENTRE, found

PROJECT = Path(__file__).parents[2]
PAGES = [
    page
    for page in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md")))
    if blocks_of(page)
]
# The middle of the town, as one of many studies.
NANGUAN = """
[study]
name = "南关区"
snapshot = 2026-09-30
[osm]
file = "../jilin.osm.pbf"
[area]
file = "../nanguan.geojson"
[[units]]
level = "community"
file = "../units/社区.geojson"
id = "社区代码"
datum = "gcj02"
[homes]
from = "buildings"
"""
PLACE = "南关区, 长春市"


@pytest.fixture(scope="module")
def server(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OsmServer]:
    """Answer for the servers of OpenStreetMap, out of the sample town."""
    town = project / "data" / "sample" / "town.osm.pbf"
    with serving(town, tmp_path_factory.mktemp("answers"), {PLACE: [found(CENTRE)]}) as running:
        yield running


@pytest.fixture
def workshop(
    project: Path,
    tmp_path: Path,
    sample_run: cfspace.Run,
    server: OsmServer,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Workshop:
    """Return a folder with the study, the runs and the files that pages speak of."""
    sample = project / "data" / "sample"
    shutil.copytree(sample, tmp_path, dirs_exist_ok=True)
    shutil.move(tmp_path / "study.toml", tmp_path / "my-city.toml")
    (tmp_path / "data").symlink_to(project / "data")
    for name in ("jilin.osm.pbf", "jilin-latest.osm.pbf"):
        (tmp_path / name).symlink_to(sample / "town.osm.pbf")
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "nanguan.toml").write_text(NANGUAN, encoding="utf-8")
    for name in ("nanguan.geojson", "outline.geojson"):
        gpd.GeoSeries([shapely.box(*CENTRE)], crs=4326).to_file(tmp_path / name)
    for name in runs_spoken_of(request):
        shutil.copytree(sample_run.folder, tmp_path / name)
    # The study of the sample, under the names that pages give it.
    for name, own, told in (("my-city", '"study.toml"', '"my-city.toml"'), ("2025", "2026-09-30", "2025-09-30")):
        record = tmp_path / "out" / name / "run.json"
        if record.is_file():
            record.write_text(record.read_text(encoding="utf-8").replace(own, told), encoding="utf-8")
    monkeypatch.setenv("CFSPACE_OVERPASS_URL", server.overpass)
    monkeypatch.setenv("CFSPACE_NOMINATIM_URL", server.nominatim)
    monkeypatch.setattr(osmnx._nominatim.time, "sleep", lambda _: None)
    return Workshop(tmp_path, project, monkeypatch)


def runs_spoken_of(request: pytest.FixtureRequest) -> list[str]:
    """Return the runs that a document takes as made before; README makes its own."""
    page = getattr(getattr(request.node, "callspec", None), "params", {}).get("page")
    if page is None or page.parent.name != "docs":
        return []
    text = page.read_text(encoding="utf-8")
    return [name for name in ("demo-out", "out/my-city", "out/2025", "out/2026") if name in text]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_of_a_page_runs_in_order(workshop: Workshop, page: Path) -> None:
    blocks = blocks_of(page)
    # A plan is a file that the commands of its page speak of.
    plans = [block for block in blocks if block.language == "toml" and block.body.startswith("[plan]")]
    for block in [*plans, *blocks]:
        workshop.check(block)


def test_a_command_over_two_lines_is_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh\ncfspace check \\\n    a.toml  # why\n# alone\nmake demo\n```\n", encoding="utf-8")
    assert commands_of(blocks_of(page)[0]) == [["cfspace", "check", "a.toml"], ["make", "demo"]]


@pytest.mark.parametrize(
    ("language", "body", "told"),
    [
        ("", "x", "say its language"),
        ("sh", "rm -r /tmp/x", "nothing here checks rm"),
        ("sh", "cfspace run nowhere.toml --out out/x", "status 2"),
        ("sh", "make nothing", "nothing"),
        ("toml", '[homes]\nfrom = "houses"', "houses"),
        ("toml", "[[closed]]\nid = 1", "id"),
        ("python", "import cfspace\ncfspace.no_such_name", "no_such_name"),
        ("csv", "a,b\n1,2", "nothing here reads"),
    ],
)
def test_a_block_that_is_wrong_is_noticed(
    workshop: Workshop, tmp_path: Path, language: str, body: str, told: str
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```{language}\n{body}\n```\n", encoding="utf-8")
    with pytest.raises(Exception, match=told):
        workshop.check(blocks_of(page)[0])
