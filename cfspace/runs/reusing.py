"""Finished runs taken for what they are: whether one is of this very study, file by file."""

from __future__ import annotations

import json
from pathlib import Path

from cfspace._version import __version__
from cfspace.config.rulebook import Rulebook
from cfspace.config.study import Study
from cfspace.errors import RunError
from cfspace.present.rundata import RunData, read_run
from cfspace.runs.files import input_record
from cfspace.runs.provenance import input_files, study_record


def run_of(folder: Path, study: Study, rulebook: Rulebook) -> RunData:
    """Return a finished run, once it is sure that it is one of this study.

    Parameters
    ----------
    folder
        Folder of a finished run.
    study
        The study; its files are compared with those that the run read, by content.
    rulebook
        The study's rulebook.

    Raises
    ------
    RunError
        If the folder is no run, or one of another study, of other inputs, another rulebook, another version
        of cfspace, or of a plan.
    """
    run = read_run(folder)
    if run.meta.get("plan"):
        raise RunError(f"{folder}: is a run of a plan; give a run of the study itself")
    differs = _difference(run, study, rulebook)
    if differs:
        raise RunError(f"{folder}: not a run of {study.source.name} as it is now: {differs}; run it again")
    return run


def _difference(run: RunData, study: Study, rulebook: Rulebook) -> str:
    """Return in what a run differs from what would be computed now, empty where in nothing."""
    if run.meta.get("cfspace") != __version__:
        return f"made by cfspace {run.meta.get('cfspace')}, this is {__version__}"
    then = {one["file"]: one["sha256"] for one in run.meta.get("inputs", [])}
    base = study.source.parent
    now = {one["file"]: one["sha256"] for one in (input_record(path, base) for path in input_files(study))}
    for file in sorted({*then, *now}):
        if file not in then or file not in now:
            return f"{file} is {'new' if file in now else 'there no longer'}"
        if then[file] != now[file]:
            return f"{file} has other content"
    if run.meta.get("study") != study_record(study):
        return "the study says something else"
    if run.meta.get("rulebook") != json.loads(rulebook.model_dump_json()):
        return "the rulebook says something else"
    return ""
