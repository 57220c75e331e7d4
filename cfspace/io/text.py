"""Text of unknown encoding, and delimited text files."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import Final

from cfspace.errors import LayerError

# gb18030 holds gbk and gb2312 whole; plain gbk fails on rare characters in names.
ENCODINGS: Final = ("utf-8-sig", "gb18030")
"""Encodings tried in turn."""

_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_OTHER_FORMATS: Final = (
    (b"PK\x03\x04", "is a zip archive or an Excel workbook; give it its true ending (.xlsx or .zip)"),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook; save it as .xlsx or as CSV"),
    (b"SQLite format 3", "is a GeoPackage or another database; give it its true ending (.gpkg)"),
    (b"PAR1", "is a Parquet file; give it its true ending (.parquet)"),
)


def decode(data: bytes, *, where: str) -> tuple[str, str]:
    """Return text and the encoding it was found in.

    Parameters
    ----------
    data
        The file's bytes.
    where
        How an error begins.

    Raises
    ------
    LayerError
        If the bytes are not text, or in no encoding that is tried.

    Examples
    --------
    >>> decode("托育机构".encode("gb18030"), where="childcare")
    ('托育机构', 'gb18030')
    """
    for mark, what in _OTHER_FORMATS:
        if data.startswith(mark):
            raise LayerError(f"{where}: it is called text but {what}")
    marked = [encoding for mark, encoding in _MARKS if data.startswith(mark)]
    for encoding in marked or ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise LayerError(f"{where}: it holds zero bytes and is not text; export it again as UTF-8 text")
        return text, "utf-8" if encoding == "utf-8-sig" else encoding
    raise LayerError(f"{where}: it is neither UTF-8 nor GB18030 text; export it again as UTF-8")


def _delimiter(text: str, suffix: str) -> str:
    if suffix in (".tsv", ".tab"):
        return "\t"
    head = "\n".join(text.splitlines()[:10])
    return max(",\t;", key=lambda sign: (head.count(sign), sign == ","))


def read_delimited(path: Path, *, where: str) -> tuple[list[list[str]], list[int], str]:
    """Return the records of a CSV or TSV file, each one's line in the file, and the encoding found.

    Parameters
    ----------
    path
        The delimiter is a tab for ``.tsv``, else the comma, tab or semicolon that the head holds most of.
    where
        How an error begins.

    Raises
    ------
    LayerError
        If it is not text, or a quotation mark is never closed.
    """
    text, encoding = decode(path.read_bytes(), where=where)
    delimiter = _delimiter(text, path.suffix.lower())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records, lines, before = [], [], 0
    try:
        for record in reader:
            records.append(record)
            lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise LayerError(
            f"{where}: line {reader.line_num}: {error}; close the quotation mark or remove it"
        ) from error
    return records, lines, encoding
