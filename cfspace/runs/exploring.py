"""Looking at a study before deciding anything: its map, from a run that is not kept."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path

from cfspace.config.study import Study
from cfspace.runs.run import MapView, run


def explore(study: Study, *, height_px: int = 600) -> MapView:
    """Return the map of a study, computed now; its folder is removed when the view is no longer used."""
    folder = Path(tempfile.mkdtemp(prefix="cfspace-"))
    view = run(study, folder / "run", draw=False).map(height_px=height_px)
    weakref.finalize(view, shutil.rmtree, folder, ignore_errors=True)
    return view
