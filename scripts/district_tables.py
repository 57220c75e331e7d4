"""One table a study, a row per district, and one table over all of them.

    python scripts/district_tables.py studies/*.toml --out tables

Each study is run up to its tables; `<study>.csv` and `<study>.xlsx` hold the scores of each district and
the value of each indicator, `all.csv` and `all.xlsx` the rows of all studies. A cell is empty where
there is no value: unknown is not zero. `coverage.csv` of a whole run says why.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

import cfspace
from cfspace.io.atomic import atomic_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the studies, write the tables, and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        refuse_same_names(options.studies)
        with atomic_folder(options.out, force=options.force) as draft:
            tables = tables_of(options.studies, level=options.level, jobs=options.jobs)
            if not tables:
                raise cfspace.InputError("no study could be computed; nothing was written")
            for name, table in {**tables, "all": pd.concat(tables.values(), ignore_index=True)}.items():
                write(table, draft / name)
            (draft / ".cfspace").touch()  # so that --force may replace the folder
    except cfspace.InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(tables)} of {len(options.studies)} studies, tables in {options.out}")
    return 0 if len(tables) == len(options.studies) else 2


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    what = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="district_tables.py"
    )
    what.add_argument("studies", nargs="+", type=Path, metavar="STUDY", help="study files (TOML)")
    what.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make")
    what.add_argument("--level", default="district", help="level of the rows (default: district)")
    what.add_argument("--jobs", type=int, default=1, metavar="N", help="searches at a time (default: 1)")
    what.add_argument("--force", action="store_true", help="replace tables made earlier")
    return what


def refuse_same_names(studies: Sequence[Path]) -> None:
    """Raise if two studies would write the same file."""
    names = Counter(study.stem for study in studies)
    taken = sorted(name for name, n_studies in names.items() if n_studies > 1 or name == "all")
    if taken:
        raise cfspace.InputError(
            f"tables would overwrite each other: {', '.join(taken)}; rename a study file"
        )


def tables_of(studies: Sequence[Path], *, level: str, jobs: int) -> dict[str, pd.DataFrame]:
    """Return the table of each study by its name; tell of those at fault and go on."""
    tables = {}
    with tempfile.TemporaryDirectory() as scratch:
        for path in studies:
            try:
                run = cfspace.run(path, Path(scratch) / path.stem, jobs=jobs, draw=False)
                tables[path.stem] = table_of(run, study=path.stem, level=level)
            except cfspace.InputError as error:
                print(error, file=sys.stderr)
    return tables


def table_of(run: cfspace.Run, *, study: str, level: str) -> pd.DataFrame:
    """Return a row per unit of a level: its scores, then the value of each indicator and age band."""
    scores = run.scores.query("unit_level == @level").drop(columns="unit_level")
    if scores.empty:
        found = ", ".join(run.scores["unit_level"].unique())
        raise cfspace.InputError(f"{study}: no units of level {level}; the study has {found}")
    rows = run.coverage.query("unit_level == @level")
    values = rows.assign(column=(rows["indicator"] + " " + rows["age_band"]).str.strip()).pivot(
        index="unit_id", columns="column", values="value"
    )
    table = scores.merge(values, left_on="unit_id", right_index=True, how="left", validate="one_to_one")
    table.insert(0, "study", study)
    return table


def write(table: pd.DataFrame, stem: Path) -> None:
    """Write a table as CSV (UTF-8 with BOM, for spreadsheets) and as xlsx."""
    table.to_csv(stem.with_name(f"{stem.name}.csv"), index=False, encoding="utf-8-sig", lineterminator="\n")
    table.to_excel(stem.with_name(f"{stem.name}.xlsx"), index=False, freeze_panes=(1, 4), engine="xlsxwriter")


if __name__ == "__main__":
    sys.exit(main())
