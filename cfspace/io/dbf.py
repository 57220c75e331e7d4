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
# Encodings of one byte a character fit whatever bytes there are; programs name them without being asked.
_ANY_BYTE: Final = frozenset({"iso8859-1", "cp1252", "iso8859-15", "cp437", "cp850", "latin_1"})
_MOSTLY: Final = 0.5


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


def _is_chinese(texts: list[bytes]) -> bool:
    """Return whether bytes beyond ASCII are UTF-8 or mostly pairs of GB 2312: Western text is neither."""
    high = [text for text in texts if not text.isascii()]
    if not high:
        return False
    n_pairs = sum(_fits([text], "gb2312") for text in high)  # rare characters stand in gb18030 alone
    return _fits(high, "utf-8") or (_fits(high, "gb18030") and n_pairs >= _MOSTLY * len(high))


def _declared(shp: Path) -> tuple[str | None, str]:
    """Return the codec that the .cpg names, or None, and what is to be said of the .cpg."""
    for cpg in (shp.with_suffix(".cpg"), shp.with_suffix(".CPG")):
        if cpg.is_file():
            name = cpg.read_text(encoding="ascii", errors="replace").strip().casefold()
            name = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}.get(
                name, name
            )
            try:
                codec = codecs.lookup(f"cp{name}" if name.isdecimal() else name).name
            except LookupError:
                return None, f"the .cpg names no known encoding ({name[:20]!r})"
            return codec, f"the .cpg says {codec}, which does not fit"
    return None, "no .cpg"


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
    declared, said = _declared(shp)
    if declared in _ANY_BYTE and _is_chinese(texts):
        declared = None
    if declared is not None and _fits(texts, declared):
        return declared, None
    if all(text.isascii() for text in texts):
        return "utf-8", None
    for encoding in ("utf-8", "gb18030"):
        if _fits(texts, encoding):
            return encoding, f"{said}; text read as {encoding}"
    raise LayerError(
        f"{where}: its text is neither UTF-8 nor GB18030; add a .cpg file that names the encoding"
    )
