"""A picture of a run's map, as a person sees it in a browser.

    python scripts/map_picture.py out/sample docs/images/map.png --level Community --kind park

It opens `map.html` in Chromium (or Chrome) through Playwright, a package of the extra `dev`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cfspace

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the picture and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        take(
            map_file(options.run),
            options.picture,
            size=(options.width, options.height),
            level=options.level,
            measure=options.measure,
            kinds=options.kind,
        )
    except cfspace.InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(options.picture)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    what = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="map_picture.py"
    )
    what.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run")
    what.add_argument("picture", type=Path, metavar="PICTURE", help="PNG to write")
    what.add_argument("--level", help="level to show, by the beginning of its label")
    what.add_argument("--measure", help="task or indicator to show, by the beginning of its label")
    what.add_argument("--kind", action="append", default=[], help="facility kind to show; repeat for more")
    what.add_argument("--width", type=int, default=1280, help="in pixels (default: 1280)")
    what.add_argument("--height", type=int, default=760, help="in pixels (default: 760)")
    return what


def map_file(run: Path) -> Path:
    """Return the map of a run."""
    path = run / "map.html"
    if not path.is_file():
        raise cfspace.InputError(f"{path}: no such file; draw it with: cfspace map {run}")
    return path.resolve()


def take(
    page_file: Path,
    picture: Path,
    *,
    size: tuple[int, int],
    level: str | None,
    measure: str | None,
    kinds: Sequence[str],
) -> None:
    """Open a map, set its controls, and write what the window shows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path())
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.goto(page_file.as_uri())
        page.wait_for_selector(".leaflet-map-pane", state="attached")
        for control, label in (("cf-level", level), ("cf-measure", measure)):
            if label is not None:
                choose(page, control, label)
        for kind in kinds:
            page.locator(f"#cf-kind-{kind}").evaluate("box => box.checked || box.click()")
        page.wait_for_timeout(1500)  # the map fades its layers in
        page.screenshot(path=picture)
        browser.close()


def browser_path() -> str:
    """Return the path of an installed browser."""
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    raise cfspace.InputError(f"no browser found ({', '.join(BROWSERS)}); install Chromium")


def choose(page: Page, control: str, label: str) -> None:
    """Choose the first entry of a list whose label begins so."""
    labels = page.locator(f"#{control} option").all_inner_texts()
    fitting = [text for text in labels if text.startswith(label)]
    if not fitting:
        raise cfspace.InputError(f"{label}: no such entry; the map has {', '.join(labels)}")
    page.select_option(f"#{control}", label=fitting[0])


if __name__ == "__main__":
    sys.exit(main())
