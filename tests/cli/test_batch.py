"""``cfspace batch`` as a person or a script calls it, and what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from cfspace.present.rundata import read_run
from tests.batch.towns import make_town


def command(*words: object) -> subprocess.CompletedProcess[str]:
    args = [sys.executable, "-m", "cfspace", "batch", *map(str, words)]
    return subprocess.run(args, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """Return the folder of a batch of two towns and a study at fault, drawn, and what was said."""
    folder = tmp_path_factory.mktemp("province")
    for seed, name in enumerate(("东镇", "西镇"), start=2):
        make_town(folder / name, seed=seed)
    (folder / "空白.toml").write_text("[study]\nname = '空白'\n", encoding="utf-8")
    done = command(f"{folder}/*/*.toml", folder / "空白.toml", "--out", folder / "out", "--jobs", 2, "-v")
    return folder / "out", done


def test_what_failed_is_told_and_the_others_are_there(
    province: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, done = province
    assert done.returncode == 2
    assert "2 of 3 studies computed, 1 failed" in done.stdout
    assert f"{out}/map.html" in done.stdout
    assert "input at fault: 空白" in done.stderr
    assert "[units]: is missing; add it" in done.stderr
    assert "东镇: done (" in done.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "batch.json", "map.html", "summary.csv", "summary.xlsx", "东镇", "西镇"
    ]  # fmt: skip
    for name in ("东镇", "西镇"):
        assert read_run(out / name).study["name"] == f"{name}市"
        assert (out / name / "map.html").stat().st_size > 0


def test_a_batch_that_is_there_is_not_written_over(
    province: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, _ = province
    again = command(f"{out.parent}/*/*.toml", "--out", out)
    assert again.returncode == 2
    assert "a batch is there already; go on with it by --resume" in again.stderr
    resumed = command(f"{out.parent}/*/*镇.toml", "--out", out, "--resume", "--no-draw")
    assert resumed.returncode == 0
    assert resumed.stderr == ""
    assert "0 of 2 studies computed, 2 kept from before" in resumed.stdout


def test_the_spreadsheet_names_candidates_and_what_failed(
    province: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    out, _ = province
    book = openpyxl.load_workbook(out / "summary.xlsx")
    assert book.sheetnames == ["试点候选", "区县", "未完成的研究"]
    headings = [cell.value for cell in next(book["试点候选"].iter_rows(min_row=4, max_row=4))]
    assert headings[:7] == ["层级", "研究", "城市", "数据日期", "规则集", "单元代码", "单元名称"]
    assert headings[-4:] == ["总排名", "参与排名", "试点评分", "试点排名"]
    failed = [[cell.value for cell in row] for row in book["未完成的研究"].iter_rows()]
    assert failed[-1][:2] == ["空白", "输入有误"]
