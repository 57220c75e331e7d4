"""The text inside a PDF: which characters its glyphs stand for, and putting right where it says radicals.

Chinese fonts draw some characters and the radicals that look like them by one glyph, and Chromium names
such a glyph by the radical: whoever searches the PDF for 长春 finds nothing, since it says ⻓春. Only the
tables from glyphs to characters are changed, never what is drawn.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

RADICALS = dict(
    zip(
        "⺒⺓⺛⺠⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻮⻯⻰⻱⻲⼾",
        "巳幺旡民见角贝车長长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾斉齐齿竜龙龜亀户",
        strict=True,
    )
)
"""Characters by the radical that shares their glyph, where Unicode itself names no compatible form."""

_STREAM = re.compile(rb"<<(?P<head>[^<>]*?/Length (?P<length>\d+)\b[^<>]*?)>>\s*stream\r?\n")
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])")
_BLOCKS = re.compile(rb"(?:\d+ beginbf(?:char|range).*?endbf(?:char|range)\s*)+", re.DOTALL)
_BLOCK_SIZE = 100  # mappings in one block, as the format allows


def plain_character(sign: str) -> str:
    """Return the character that a radical or another compatible form stands for.

    Examples
    --------
    >>> plain_character("⻓") + plain_character("⼉") + plain_character("春")
    '长儿春'
    """
    return RADICALS.get(sign) or unicodedata.normalize("NFKC", sign)


def drawn_characters(pdf: bytes) -> set[str]:
    """Return every character that the fonts of a PDF map a glyph to: those that can be read and copied."""
    tables = (_inflated(pdf, match) for match in _STREAM.finditer(pdf))
    return {sign for table in tables if table for text in _mappings(table).values() for sign in text}


def lost_characters(text: str, pdf: bytes) -> list[str]:
    """Return the characters of a text that no embedded font of a PDF draws, in order of first use.

    White space and control marks are drawn by no glyph and do not count.
    """
    drawn = {plain for sign in drawn_characters(pdf) for plain in plain_character(sign)}
    seen = dict.fromkeys(sign for sign in text if unicodedata.category(sign)[0] not in "CZ")
    return [sign for sign in seen if not set(plain_character(sign)) <= drawn]


def fonts_outside(pdf: bytes) -> list[str]:
    """Return the names of fonts that a PDF only names; those it draws itself (Type 3) are inside."""
    drawn = set(re.findall(rb"/Subtype\s*/Type3\b.*?/FontDescriptor (\d+) 0 R", pdf, re.DOTALL))
    found = []
    for number, described in re.findall(rb"\n(\d+) 0 obj\s*(<<[^>]*/FontDescriptor\b.*?>>)", pdf, re.DOTALL):
        name = re.search(rb"/FontName\s*/([^\s/<>\[\]()]+)", described)
        if name and b"/FontFile" not in described and number not in drawn:
            found.append(name[1].decode("latin-1"))
    return found


def with_plain_characters(pdf: bytes) -> bytes:
    """Return a PDF whose text says characters where it said radicals, so that it can be searched.

    One with cross-references of a kind that Chromium does not write is returned as it is.
    """
    found = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf)
    table = found and re.match(rb"xref\s+0 (\d+)\s+((?:\d{10} \d{5} [nf]\s*)+)trailer", pdf[int(found[1]) :])
    if not found or not table:
        return pdf
    end = int(found[1])
    entries = re.findall(rb"(\d{10}) (\d{5}) ([nf])", table[2])
    used = sorted((int(offset), k) for k, (offset, _, kind) in enumerate(entries) if kind == b"n")
    stops = [offset for offset, _ in used[1:]] + [end]
    out, places = bytearray(pdf[: used[0][0]]), {}
    for (offset, k), stop in zip(used, stops, strict=True):
        places[k] = len(out)
        out += _mended(pdf[offset:stop])
    lines = [
        b"%010d %s %s \n" % (places.get(k, int(offset)), generation, kind)
        for k, (offset, generation, kind) in enumerate(entries)
    ]
    trailer = pdf[end + pdf[end:].index(b"trailer") : found.start()]
    start = len(out)
    out += b"xref\n0 %d\n" % len(entries) + b"".join(lines) + trailer
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _mended(item: bytes) -> bytes:
    """Return an object of the file, its table of characters put right if it is one."""
    match = _STREAM.search(item)
    table = _inflated(item, match) if match else None
    if match is None or table is None:
        return item
    mappings = {code: "".join(map(plain_character, text)) for code, text in _mappings(table).items()}
    if mappings == _mappings(table):
        return item
    body = zlib.compress(_BLOCKS.sub(lambda _: _written(mappings), table, count=1))
    head = re.sub(rb"/Length \d+", b"/Length %d" % len(body), match["head"])
    rest = item[match.end() + int(match["length"]) :]
    return item[: match.start()] + b"<<" + head + b">> stream\n" + body + rest


def _written(mappings: dict[bytes, str]) -> bytes:
    lines = [
        b"<%s> <%s>\n" % (code, text.encode("utf-16-be").hex().upper().encode())
        for code, text in sorted(mappings.items())
    ]
    blocks = [lines[k : k + _BLOCK_SIZE] for k in range(0, len(lines), _BLOCK_SIZE)]
    return b"".join(b"%d beginbfchar\n%sendbfchar\n" % (len(block), b"".join(block)) for block in blocks)


def _inflated(pdf: bytes, match: re.Match[bytes]) -> bytes | None:
    """Return a stream's table of characters, None where it holds something else."""
    body = pdf[match.end() : match.end() + int(match["length"])]
    if b"/FlateDecode" in match["head"]:
        try:
            body = zlib.decompress(body)
        except zlib.error:
            return None  # data within a stream that happens to look like the head of one
    return body if b"begincmap" in body else None


def _mappings(table: bytes) -> dict[bytes, str]:
    """Return the texts of glyphs by their codes, in hexadecimal as the table writes them."""
    found: dict[bytes, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        found |= {code: _text(target) for code, target in _PAIR.findall(part)}
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", table, re.DOTALL):
        for first, last, target, listed in _RANGE.findall(part):
            codes = [b"%0*X" % (len(first), code) for code in range(int(first, 16), int(last, 16) + 1)]
            if listed:
                texts = [_text(one) for one in re.findall(rb"<([0-9A-Fa-f]+)>", listed)]
            else:
                start = _text(target)
                texts = [start[:-1] + chr(ord(start[-1]) + k) for k in range(len(codes))]
            found |= dict(zip(codes, texts, strict=True))
    return found


def _text(target: bytes) -> str:
    return bytes.fromhex(target.decode("ascii")).decode("utf-16-be")
