"""The study files: one with children spread over buildings, one with a population raster."""

from __future__ import annotations

import json
from pathlib import Path

from sample.checklists import CHECKLISTS, LEVELS
from sample.ledgers import BAND_NAMES
from sample.people import BANDS

TEMPLATE = Path(__file__).with_name("study.toml")
LEVEL_COLUMNS = {"community": "社区代码", "street": "街道代码"}


def write_studies(folder: Path) -> None:
    """Write ``study.toml`` and ``study_raster.toml``."""
    text = TEMPLATE.read_text(encoding="utf-8").replace("#AUDITS#", _audits())
    columns = ", ".join(f"{_quoted(band)} = {_quoted(BAND_NAMES[band])}" for band in BANDS)
    source = 'file = "municipal/儿童人口.xlsx", unit_id = "社区代码", level = "community"'
    totals = f"{{ {source}, columns = {{ {columns} }} }}"
    rasters = ", ".join(f'{_quoted(band)} = "population/pop_{band}.tif"' for band in BANDS)
    _write(folder / "study.toml", text, f'from = "buildings"\ntotals = {totals}')
    _write(folder / "study_raster.toml", text, f'from = "raster"\nraster = {{ {rasters} }}')


def _write(path: Path, text: str, homes: str) -> None:
    path.write_text(text.replace("#HOMES#", homes), encoding="utf-8", newline="\n")


def _audits() -> str:
    parts = []
    for checklist in CHECKLISTS:
        columns = ", ".join(f"{item} = {_quoted(title)}" for item, (title, _) in checklist.items.items())
        subject = f'kind = "{checklist.subject}"\nfacility = "名称"'
        if checklist.subject in LEVELS:
            subject = f'level = "{checklist.subject}"\nunit_id = "{LEVEL_COLUMNS[checklist.subject]}"'
        parts.append(f'[[audits]]\nfile = "audits/{checklist.file}"\n{subject}\ncolumns = {{ {columns} }}\n')
    return "\n" + "\n".join(parts).rstrip("\n")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
