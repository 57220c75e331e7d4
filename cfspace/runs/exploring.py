"""Looking at a study before deciding anything: its map, from a run that is not kept."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from cfspace.config.study import Study
from cfspace.io.atomic import atomic_folder
from cfspace.rulebooks import load_rulebook
from cfspace.runs.finished import MapView, Run
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import measure
from cfspace.runs.run import compute
from cfspace.runs.stages import Stages
from cfspace.runs.writing import write_run


def explore(study: Study, *, height_px: int = 600) -> MapView:
    """Return the map of a study, computed now; its folder is removed when the view is no longer used."""
    folder = Path(tempfile.mkdtemp(prefix="cfspace-"))
    with atomic_folder(folder / "run") as draft:
        city, stages = load_city(study), Stages()
        measured = measure(city, load_rulebook(city.study.study.rulebook), stages=stages)
        language = city.study.study.language
        scored = compute(measured, lang=language)
        write_run(measured, scored, draft, lang=language, draw=False, areas=True, stages=stages)
    view = Run(folder / "run").map(height_px=height_px)
    weakref.finalize(view, shutil.rmtree, folder, ignore_errors=True)
    return view
