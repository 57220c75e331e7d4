"""Run benchmarks and write the report: ``python -m benchmarks [JOB ...]``; all jobs if none is named."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.registry import job_named, job_names
from benchmarks.report import report
from benchmarks.results import load

HERE = Path(__file__).resolve().parent


def main(arguments: list[str] | None = None) -> int:
    """Run the jobs asked for, one process after the other, and write the report on all that are kept."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(job_names()))
    parser.add_argument("--tiny", action="store_true", help="smallest sizes, to see that it works")
    parser.add_argument(
        "--minutes", type=float, help="when a long job stops; started again, it goes on (default: at its end)"
    )
    parser.add_argument("--report-only", action="store_true", help="measure nothing")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="folder of what was measured")
    parser.add_argument("--out", type=Path, default=HERE / "RESULTS.md", help="the report")
    chosen = parser.parse_args(arguments)
    jobs = [] if chosen.report_only else chosen.jobs or job_names()
    try:
        for name in jobs:
            job_named(name)
    except BenchmarkError as error:
        parser.error(str(error))
    options = ["--tiny"] if chosen.tiny else []
    options += [] if chosen.minutes is None else ["--minutes", str(chosen.minutes)]
    failed = [name for name in jobs if not _run(name, chosen.results / f"{name}.json", options)]
    kept = [load(path) for path in sorted(chosen.results.glob("*.json"))]
    chosen.out.write_text(report(kept), encoding="utf-8", newline="\n")
    print(f"benchmarks: wrote {chosen.out.name}")
    if failed:
        print(f"benchmarks: {', '.join(failed)} failed; the report holds what was measured before")
    return 1 if failed else 0


def _run(name: str, result: Path, options: list[str]) -> bool:
    """Run a job in a process of its own: what one peer leaves behind in memory slows no other."""
    print(f"benchmarks: {name} ...", flush=True)
    start = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.one", name, str(result), *options]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    outcome = "done" if done.returncode == 0 else "failed"
    print(f"benchmarks: {name} {outcome} after {time.perf_counter() - start:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
