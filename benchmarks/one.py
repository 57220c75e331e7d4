"""Run one job in a process of its own: ``python -m benchmarks.one NAME RESULT.json [OPTIONS]``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.environment import environment
from benchmarks.errors import BenchmarkError
from benchmarks.registry import job_named
from benchmarks.results import save
from benchmarks.settings import Settings, tiny


def main(arguments: list[str] | None = None) -> int:
    """Run the job that the command line names, and keep its result."""
    parser = argparse.ArgumentParser(prog="benchmarks.one", description=__doc__)
    parser.add_argument("job")
    parser.add_argument("result", type=Path)
    parser.add_argument("--tiny", action="store_true", help="smallest sizes, to see that it works")
    parser.add_argument("--minutes", type=float, help="when a long job stops until it is started again")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings(kept=chosen.result.parent, minutes=chosen.minutes)
        result = job_named(chosen.job)(tiny() if chosen.tiny else settings)
    except BenchmarkError as error:
        print(f"{chosen.job}: {error}", file=sys.stderr)
        return 1
    save(replace(result, environment=environment()), chosen.result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
