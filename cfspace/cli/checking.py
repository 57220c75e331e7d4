"""``cfspace check``: every input looked at before any computing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cfspace.cli import console
from cfspace.cli.options import StudyFile, Verbose
from cfspace.errors import ParameterError


def check(
    study: StudyFile,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a page.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the page as HTML too (.html).")] = None,
    verbose: Verbose = False,
) -> None:
    """Validate every input before any computing; all faults at once."""
    console.set_up_logging(verbose=verbose)
    raise typer.Exit(check_study(study, as_json=as_json, html=html))


def check_study(study: Path, *, as_json: bool, html: Path | None = None) -> int:
    """Print what is right and wrong with a study; return 0, or 2 if a fault is fatal.

    Parameters
    ----------
    study
        The study file.
    as_json
        Whether to print JSON instead of a page.
    html
        Where to write the page as HTML as well.

    Raises
    ------
    ParameterError
        If `html` does not end in ``.html``: it might be the study's own file.
    OutputError
        If it cannot be written.
    """
    from cfspace.cli.check_page import draw_check
    from cfspace.cli.check_tables import print_findings
    from cfspace.io.atomic import atomic_file
    from cfspace.runs.examining import check as examine

    if html is not None and html.suffix.lower() not in (".html", ".htm"):
        raise ParameterError(f"--html: {html} does not end in .html; give the page a name of its own")
    findings = examine(study)
    if html is not None:
        with atomic_file(html) as draft:
            page = draw_check(findings, lang=findings.get("language", "en"))
            draft.write_text(page, encoding="utf-8", newline="\n")
    if as_json:
        console.out.print(json.dumps(findings, ensure_ascii=False, indent=1), markup=False)
    else:
        print_findings(findings)
        if html is not None:
            console.out.print(str(html), markup=False)
    return 2 if findings["faults"] else 0
