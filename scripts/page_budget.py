"""What the pages of a finished run cost: seconds to draw, bytes, and the browser's first paint.

    python scripts/page_budget.py out/las-palmas --times 5

Pages are drawn into a temporary folder. The first paint is the moment, after the page was asked for, at which
the coloured units stand on the screen of a new headless Chromium (a package of the extra `dev` drives it).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cfspace
from cfspace.present import draw_map, draw_report, write_xlsx
from cfspace.present.pdf import find_browser

MOST_BYTES, MOST_DRAWING_S, MOST_PAINT_S = 12_000_000, 20.0, 3.0
"""The budgets of a city like Las Palmas."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a line a figure, and return 1 where a budget is not kept."""
    what = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="page_budget.py"
    )
    what.add_argument("run", type=Path, metavar="RUN", help="folder of a finished run")
    what.add_argument("--times", type=int, default=5, help="first paints to measure (default: 5)")
    options = what.parse_args(arguments)
    try:
        return report(options.run, times=options.times)
    except cfspace.InputError as error:
        print(error, file=sys.stderr)
        return 2


def report(run: Path, *, times: int) -> int:
    """Draw the pages of a run and print what they cost."""
    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "map.html"
        begun = time.perf_counter()
        page.write_text(draw_map(run, lang="zh"), encoding="utf-8")
        draw_report(run, lang="zh")
        write_xlsx(run, Path(scratch) / "coverage.xlsx", lang="zh")
        drawing_s, n_bytes = time.perf_counter() - begun, page.stat().st_size
        paints_s = first_paints_s(page, times=times)
    paint_s = statistics.median(paints_s)
    print(f"map, report and workbook drawn in {drawing_s:.1f} s (budget {MOST_DRAWING_S:.0f} s)")
    print(f"map.html {n_bytes / 1e6:.1f} MB (budget {MOST_BYTES / 1e6:.0f} MB)")
    spread = f"{min(paints_s):.2f}-{max(paints_s):.2f} s in {times}"
    print(f"first paint {paint_s:.2f} s, {spread} (budget {MOST_PAINT_S:.0f} s)")
    return int(drawing_s > MOST_DRAWING_S or n_bytes > MOST_BYTES or paint_s > MOST_PAINT_S)


def first_paints_s(page: Path, *, times: int) -> list[float]:
    """Return the seconds from asking for a map to its coloured units, each in a new browser window."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        for _ in range(times):
            context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
            shown = context.new_page()
            shown.goto(page.as_uri())
            shown.wait_for_function("performance.getEntriesByName('cfspace-painted').length > 0")
            paint_ms = shown.evaluate("performance.getEntriesByName('cfspace-painted')[0].startTime")
            found.append(float(paint_ms) / 1000)
            context.close()
        browser.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
