"""Write the table of benchmarks out of what was measured, without measuring again.

    python scripts/benchmark_table.py
    python scripts/benchmark_table.py --results benchmarks/results --out table.md

`make bench` measures, keeps a JSON file a job in `benchmarks/results`, and writes the same page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, and return the exit status."""
    what = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="benchmark_table.py"
    )
    what.add_argument("--results", type=Path, default=PROJECT / "benchmarks" / "results", metavar="DIR")
    what.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    options = what.parse_args(arguments)
    sys.path.insert(0, str(PROJECT))
    from benchmarks.report import report
    from benchmarks.results import load

    paths = sorted(options.results.glob("*.json"))
    if not paths:
        print(f"{options.results}: holds no results (*.json); run make bench first", file=sys.stderr)
        return 2
    page = report([load(path) for path in paths])
    if options.out is None:
        print(page, end="")
    else:
        options.out.write_text(page, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
