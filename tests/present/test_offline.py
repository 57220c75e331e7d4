from __future__ import annotations

import json

import pytest

from cfspace.present.offline import (
    OutsideAddressError,
    leaflet_css,
    leaflet_js,
    page_json,
    plain,
    refuse_outside,
)
from tests.present.hostile import NAMES


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<script src="//cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="a.css">',
        "<style>@import 'a.css';</style>",
        '<style>p { background: url("http://outside.example/a.png") }</style>',
        '<p style="background:url(//outside.example/a.png)">',
        '<img src=" http://outside.example/a.png">',
        '<img srcset="a.png 2x">',
        "<script>fetch('https://outside.example')</script>",
        "<script>if (1 </2) fetch('https://outside.example')</script>",
        '<script>L.tileLayer("//outside.example/{z}")</script>',
        '<a href="https://outside.example">leads away</a>',
        '<a href="statement.html">leads to a file beside it</a>',
        '<form action="https://outside.example">',
    ],
)
def test_whatever_would_ask_a_host_is_refused(html: str) -> None:
    with pytest.raises(OutsideAddressError, match=r"page\.html: would ask for"):
        refuse_outside(f"<html><body>{html}</body></html>", page="page.html")


@pytest.mark.parametrize(
    "html",
    [
        "<p>© OpenStreetMap contributors, https://www.openstreetmap.org/copyright</p>",
        '<script type="application/json">{"site": "https://school.example"}</script>',
        '<img src="data:image/png;base64,AAAA">',
        '<a href="#standing">down the page</a>',
        "<script>document.createElementNS('http://www.w3.org/2000/svg', 'svg')</script>",
        "<script>// a remark // and another</script>",
    ],
)
def test_texts_and_data_may_name_hosts(html: str) -> None:
    refuse_outside(f"<html><body>{html}</body></html>", page="page.html")


def test_leaflet_comes_whole_and_alone() -> None:
    refuse_outside(f"<style>{leaflet_css()}</style><script>{leaflet_js()}</script>", page="leaflet")
    assert "Agafonkin" in leaflet_js()  # the licence asks for the notice
    assert leaflet_css().count("data:image/png;base64,") == 3


@pytest.mark.parametrize("name", sorted(set(NAMES.values())))
def test_hostile_names_survive_json_and_hold_no_markup(name: str) -> None:
    text = page_json({"name": name})
    assert json.loads(text) == {"name": name}
    assert not set("<>&\u2028\u2029") & set(text)


def test_a_number_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        page_json({"metres": float("inf")})
    assert plain(float("inf"), 1) is None


def test_a_reader_may_be_led_to_a_file_beside_the_page_that_is_named() -> None:
    link = '<a href="statement.html">more</a>'
    refuse_outside(link, page="report.html", beside=["statement.html"])
    with pytest.raises(OutsideAddressError, match=r"statement\.html"):
        refuse_outside('<link href="statement.html">', page="report.html", beside=["statement.html"])
    with pytest.raises(OutsideAddressError, match=r"\.\./statement"):
        refuse_outside('<a href="../statement.html">', page="report.html", beside=["statement.html"])
