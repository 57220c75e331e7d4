"""The texts of shapefiles: cut within a character, and under a .cpg that names what it should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.io.layers import Layer, read_layer
from tests.io.makers import parks, write_shapefile


def read_parks(path: Path, **options: object) -> Layer:
    return read_layer(path, **{"layer": "park", "id": "编号", "name": "名称", **options})


@pytest.mark.parametrize(("encoding", "left"), [("utf-8", "公园绿"), ("gb18030", "A公园绿地")])
def test_a_text_cut_within_a_character_is_read_without_the_half(
    tmp_path: Path, encoding: str, left: str
) -> None:
    """Ten bytes of a name, 254 of a cell: QGIS cuts there, wherever a character ends."""
    name = f"{'A' if encoding == 'gb18030' else ''}公园绿地面积"
    long = "A" + "园" * 130
    frame = parks(XXXXXXXXXX=[12.0, 20.0], note=["Y" * 254, "短"])
    path = write_shapefile(tmp_path / "parks", frame, encoding=encoding, cpg=True)
    dbf = path.with_suffix(".dbf").read_bytes()
    for full, written in ((b"X" * 10, name), (b"Y" * 254, long)):
        assert dbf.count(full) == 1
        dbf = dbf.replace(full, written.encode(encoding)[: len(full)])
    path.with_suffix(".dbf").write_bytes(dbf)
    layer = read_parks(path, columns={"area_m2": name, "note": "note"})
    assert layer.frame["area_m2"].tolist() == [12.0, 20.0]
    assert layer.frame["name"].tolist() == ["南湖公园", "杏花村公园"]
    n_kept = (254 - 1) // len("园".encode(encoding))
    assert layer.frame["note"].tolist() == [long[: n_kept + 1], "短"]
    assert layer.report.notes == (f"column {name!r} found as {left!r}, cut by the shapefile format",)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_cpg_of_western_europe_is_not_believed_where_text_is_chinese(tmp_path: Path, encoding: str) -> None:
    path = write_shapefile(tmp_path / "parks", parks(), encoding=encoding, cpg=True)
    path.with_suffix(".cpg").write_text("ISO-8859-1", encoding="ascii")
    layer = read_parks(path)
    assert layer.frame["name"].tolist() == ["南湖公园", "杏花村公园"]
    assert layer.report.notes == (f"the .cpg says iso8859-1, which does not fit; text read as {encoding}",)
    path.with_suffix(".cpg").write_text("OEM", encoding="ascii")
    assert read_parks(path).report.notes == (
        f"the .cpg names no known encoding ('oem'); text read as {encoding}",
    )


def test_a_cpg_of_western_europe_is_believed_where_text_is_western(tmp_path: Path) -> None:
    frame = parks().rename(columns={"编号": "id", "名称": "name"}).assign(name=["Jardín de la Música", "Año"])
    path = write_shapefile(tmp_path / "parks", frame, encoding="ISO-8859-1", cpg=True)
    layer = read_layer(path, layer="park", name="name")
    assert layer.frame["name"].tolist() == ["Jardín de la Música", "Año"]
    assert layer.report.notes == ()
