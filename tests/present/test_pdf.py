from __future__ import annotations

import builtins
import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from cfspace.errors import MissingExtraError, ParameterError
from cfspace.present.pdf import print_page, print_shown
from cfspace.present.pdf_text import (
    drawn_characters,
    fonts_outside,
    lost_characters,
    with_plain_characters,
)
from cfspace.present.report import draw_report


def small_pdf(table: bytes) -> bytes:
    """Return a file of two objects, the second a table from glyphs to characters, as Chromium writes them."""
    body = zlib.compress(b"begincmap\n" + table + b"endcmap")
    objects = [
        b"1 0 obj\n<</Type /Catalog>>\nendobj\n",
        b"2 0 obj\n<</Length %d\n/Filter /FlateDecode>> stream\n%s\nendstream\nendobj\n" % (len(body), body),
    ]
    out, places = b"%PDF-1.4\n", []
    for item in objects:
        places.append(len(out))
        out += item
    lines = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Size 3\n/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 3\n" + lines + trailer


# A radical (⻓), a letter, and from glyph 5 on the characters 春 and the one that follows it.
TABLE = (
    b"2 beginbfchar\n<0001> <2ED3>\n<0003> <0041>\nendbfchar\n"
    b"1 beginbfrange\n<0005> <0006> <6625>\nendbfrange\n"
)


def test_characters_are_read_from_pairs_and_ranges() -> None:
    assert drawn_characters(small_pdf(TABLE)) == {"⻓", "A", "春", "昦"}


def test_a_character_without_glyph_is_lost_and_white_space_is_not() -> None:
    assert lost_characters("A 长春\n\u202e城", small_pdf(TABLE)) == ["城"]


def test_radicals_become_characters_and_the_file_stays_whole() -> None:
    mended = with_plain_characters(small_pdf(TABLE))
    assert drawn_characters(mended) == {"长", "A", "春", "昦"}
    start = int(re.search(rb"startxref\n(\d+)", mended)[1])  # type: ignore[index]
    assert mended[start:].startswith(b"xref\n0 3\n")
    for place, name in zip(re.findall(rb"(\d{10}) 00000 n", mended), (b"1 0 obj", b"2 0 obj"), strict=True):
        assert mended[int(place) :].startswith(name)
    body = mended[mended.index(b"stream\n") + 7 : mended.index(b"\nendstream")]
    assert f"/Length {len(body)}".encode() in mended


def test_a_file_of_another_kind_is_left_alone() -> None:
    assert with_plain_characters(b"%PDF-1.7 something else") == b"%PDF-1.7 something else"


@pytest.mark.browser
def test_a_printed_report_holds_its_fonts_and_every_character(
    browser: Any, run_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "report.html").write_text(draw_report(run_dir, lang="zh"), "utf-8")
    shown = browser.new_page()
    shown.goto((tmp_path / "report.html").as_uri())
    text = print_shown(shown, tmp_path / "report.pdf")
    shown.close()
    assert "儿童友好空间评价报告" in text
    printed = (tmp_path / "report.pdf").read_bytes()
    assert lost_characters(text, printed) == []
    assert not [sign for sign in drawn_characters(printed) if "\u2e80" <= sign <= "\u2fdf"]
    assert fonts_outside(printed) == []
    assert len(re.findall(rb"/Type /Page\b", printed)) >= 13
    assert b"/StructTreeRoot" in printed
    assert b"/Outlines" in printed


def test_without_playwright_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("playwright"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"cfspace\[pdf\]"):
        print_page(tmp_path / "report.html", tmp_path / "report.pdf")


def test_without_chromium_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ParameterError, match="apt-get install chromium"):
        print_page(tmp_path / "report.html", tmp_path / "report.pdf")
