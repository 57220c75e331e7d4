"""Printing a page to PDF with Chromium, and looking whether every character of it came out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from cfspace.errors import MissingExtraError, ParameterError
from cfspace.present.pdf_text import lost_characters, with_plain_characters

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
"""Programs that are looked for, in this order."""

_FOOTER = (
    '<div style="width:100%;font-size:7px;color:#4c5967;text-align:center">'
    '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
)


def print_page(page: Path, out: Path) -> None:
    """Print a page that stands alone to A4, with page numbers, tags and an outline.

    Parameters
    ----------
    page
        The HTML file.
    out
        The PDF to write.

    Raises
    ------
    MissingExtraError
        If playwright is not installed.
    ParameterError
        If no Chromium or Chrome is found, it does not start, or no installed font has some character of
        the page.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise MissingExtraError("playwright", "pdf") from error
    program = find_browser()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            )
            shown = browser.new_page()
            shown.context.set_offline(True)
            shown.goto(page.resolve().as_uri())
            text = print_shown(shown, out)
            browser.close()
    except Error as error:
        raise ParameterError(
            f"--pdf: {program} did not print the page ({error.message.splitlines()[0]})"
        ) from error
    lost = lost_characters(text, out.read_bytes())
    if lost:
        raise ParameterError(
            f"--pdf: no installed font has {' '.join(lost[:8])}; install one that has (Debian: apt-get "
            "install fonts-noto-cjk)"
        )


def print_shown(shown: Any, out: Path) -> str:
    """Print a page that a browser shows, and return the text that a reader sees in it."""
    text = str(shown.evaluate("document.body.innerText + document.title"))
    shown.pdf(
        path=str(out),
        format="A4",
        prefer_css_page_size=True,
        print_background=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=_FOOTER,
        tagged=True,
        outline=True,
    )
    out.write_bytes(with_plain_characters(out.read_bytes()))
    return text


def find_browser() -> str:
    """Return the path of an installed Chromium or Chrome.

    Raises
    ------
    ParameterError
        If there is none.
    """
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    raise ParameterError(
        "--pdf: no Chromium or Chrome is on this machine; install one (Debian: apt-get install chromium), or "
        "open report.html in any browser and print it there"
    )
