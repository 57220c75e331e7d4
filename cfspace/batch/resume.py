"""Whether a run that is there is what computing the study again would give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cfspace.errors import CfspaceError

if TYPE_CHECKING:
    from cfspace.batch.stores import Store
    from cfspace.batch.tasks import Task

DRAWN: Final = "map.html"
"""A file that every run holds that was drawn, and none that was not."""


def is_unchanged(task: Task, store: Store) -> bool:
    """Return whether a task's run is complete, and was made of the same content by the same versions.

    Compared are the study, the SHA-256 of every file that it names, the rulebook in full, the language, and
    the versions of cfspace and of the libraries that it computes with; times of files do not count. A study
    that cannot be read is not unchanged: computing it tells why.
    """
    record = store.record(task.name)
    if record is None or not _is_whole(record, task, store):
        return False
    from cfspace.config.load import load_study
    from cfspace.rulebooks import load_rulebook
    from cfspace.runs.provenance import fingerprint

    try:
        study = load_study(Path(task.study))
        rulebook = load_rulebook(study.study.rulebook)
    except (CfspaceError, OSError):
        return False
    made_of = fingerprint(study, rulebook, language=task.lang or study.study.language)
    return all(record.get(key) == value for key, value in json.loads(json.dumps(made_of)).items())


def _is_whole(record: dict[str, Any], task: Task, store: Store) -> bool:
    """Return whether every file that the run wrote is there, and the map where it is wanted."""
    files = frozenset(map(str, record.get("files") or ()))
    return bool(files) and (DRAWN in files or not task.draw) and store.has(task.name, files)
