"""Everything that people look at, drawn from the folder of a finished run alone."""

from __future__ import annotations

from cfspace.present.maps import draw_map
from cfspace.present.report import draw_report
from cfspace.present.rundata import RunData, read_run
from cfspace.present.tables import write_xlsx

__all__ = ["RunData", "draw_map", "draw_report", "read_run", "write_xlsx"]
