from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from cfspace.cli import main


def site(study: Path, out: Path, *more: str) -> int:
    """Run ``cfspace site`` and return its exit status."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["cfspace", "site", str(study), "--out", str(out), *more])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0)


def test_the_folder_holds_sites_plan_and_proof(
    sample_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sites"
    assert site(sample_study, out, "--kind", "childcare", "--n", "2") == 0
    assert "proven best" in capsys.readouterr().out
    sites = pd.read_csv(out / "sites.csv", dtype={"district_id": str})
    assert len(sites) == 2
    assert set(gpd.list_layers(out / "sites.gpkg")["name"]) == {"sites", "alternatives", "candidates"}
    plan = tomllib.loads((out / "plan.toml").read_text(encoding="utf-8"))
    assert [(edit["do"], edit["kind"]) for edit in plan["edit"]] == [("add_facility", "childcare")] * 2
    assert plan["edit"][0]["at"] == sites[["lon_deg", "lat_deg"]].iloc[0].tolist()
    record = json.loads((out / "site.json").read_text(encoding="utf-8"))
    assert record["is_exact"]
    assert record["gap"] == 0
    assert record["value"] == pytest.approx(sites["children_added"].sum())


BAD = [
    (["--kind", "ski_jump"], "no indicator of coverage counts a 'ski_jump'"),
    (["--kind", "park"], "--with park.area_m2=VALUE"),
    (["--kind", "childcare", "--model", "best"], "'best' is unknown; use one of max_coverage"),
    (["--kind", "childcare", "--at", "ski_jump"], "the study has no 'ski_jump' to build in"),
    (["--kind", "childcare", "--cost", "much"], "'much' holds no number"),
    (["--kind", "childcare", "--cost", "library=3"], "'library' is none of the kinds to build"),
    (["--kind", "childcare", "--indicator", "SCH-1"], "SCH-1 does not count a 'childcare'"),
    (["--kind", "childcare", "--model", "capacity"], "give --capacity childcare=NUMBER"),
    (["--kind", "childcare", "--candidates", "nowhere.gpkg"], "there is no such file"),
    (["--kind", "childcare", "--kind", "childcare"], "name each kind to build once"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[message[:30] for _, message in BAD])
def test_bad_wishes_get_one_clear_message_and_leave_nothing(
    sample_study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    out = tmp_path / "sites"
    assert site(sample_study, out, *options) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_layer_of_plots_is_taken_with_its_costs(sample_study: Path, tmp_path: Path) -> None:
    plots = gpd.GeoDataFrame(
        {"id": ["a", "b"], "name": ["旧校舍", "厂房"], "cost": [3.0, 9.0]},
        geometry=gpd.points_from_xy([125.3044294, 125.3204790], [43.8922594, 43.9102860]).buffer(2e-4),
        crs=4326,
    )
    plots.to_file(tmp_path / "plots.gpkg")
    out = tmp_path / "sites"
    more = ("--kind", "childcare", "--candidates", str(tmp_path / "plots.gpkg"), "--budget", "4")
    assert site(sample_study, out, *more) == 0
    sites = pd.read_csv(out / "sites.csv")
    assert sites[["candidate_id", "name", "cost"]].to_numpy().tolist() == [["a", "旧校舍", 3.0]]
