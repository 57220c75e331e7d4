"""The encoding of a shapefile's attribute table: what its .cpg says, tested on the bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cfspace.errors import LayerError

_MOST_RECORDS: Final = 20_000
_DESCRIPTOR: Final = 32
_END_OF_HEADER: Final = 0x0D


def _texts(dbf: Path) -> Iterator[bytes]:
    """Yield field names and the cells of text fields, as bytes without padding."""
    with dbf.open("rb") as file:
        head = file.read(_DESCRIPTOR)
        header_size, record_size = int.from_bytes(head[8:10], "little"), int.from_bytes(head[10:12], "little")
        descriptors = file.read(max(header_size - _DESCRIPTOR, 0))
        spans, at = [], 1
        for i in range(0, len(descriptors) - _DESCRIPTOR + 1, _DESCRIPTOR):
            field = descriptors[i : i + _DESCRIPTOR]
            if field[0] == _END_OF_HEADER:
                break
            yield field[:11].split(b"\0")[0]
            if field[11:12] == b"C":
                spans.append((at, at + field[16]))
            at += field[16]
        for _ in range(_MOST_RECORDS):
            record = file.read(record_size)
            if not spans or len(record) < record_size:
                return
            for start, end in spans:
                yield record[start:end].rstrip(b" \0")


def _fits(texts: list[bytes], encoding: str) -> bool:
    for text in texts:
        try:
            # Cells are cut at their width, so the last character may be half there.
            codecs.getincrementaldecoder(encoding)().decode(text, final=False)
        except UnicodeDecodeError:
            return False
    return True


def _declared(shp: Path) -> str | None:
    """Return the codec that the .cpg names, or None."""
    for cpg in (shp.with_suffix(".cpg"), shp.with_suffix(".CPG")):
        if cpg.is_file():
            name = cpg.read_text(encoding="ascii", errors="replace").strip().casefold()
            name = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}.get(
                name, name
            )
            try:
                return codecs.lookup(f"cp{name}" if name.isdecimal() else name).name
            except LookupError:
                return None
    return None


def shapefile_encoding(shp: Path, *, where: str) -> tuple[str, str | None]:
    """Return the encoding of a shapefile's texts, and what is worth telling about it.

    Parameters
    ----------
    shp
        The ``.shp``; its ``.dbf`` and ``.cpg`` stand beside it.
    where
        How an error begins.

    Returns
    -------
    A Python codec name; and a note where there is no ``.cpg`` or the text is not what it says.

    Raises
    ------
    LayerError
        If the text is in no encoding that is tried.
    """
    dbf = next((path for path in (shp.with_suffix(".dbf"), shp.with_suffix(".DBF")) if path.is_file()), None)
    if dbf is None:
        raise LayerError(f"{where}: no .dbf beside the .shp; copy all files of the shapefile together")
    texts = list(_texts(dbf))
    declared = _declared(shp)
    if declared is not None and _fits(texts, declared):
        return declared, None
    if all(text.isascii() for text in texts):
        return "utf-8", None
    for encoding in ("utf-8", "gb18030"):
        if _fits(texts, encoding):
            said = "no .cpg" if declared is None else f"the .cpg says {declared}, which does not fit"
            return encoding, f"{said}; text read as {encoding}"
    raise LayerError(
        f"{where}: its text is neither UTF-8 nor GB18030; add a .cpg file that names the encoding"
    )
