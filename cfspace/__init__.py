"""Measure how well a city's space serves its children.

Public names load what they need when they are first used: ``import cfspace`` itself is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfspace._version import __version__

if TYPE_CHECKING:
    from cfspace.access.catchment import enhanced_two_step, three_step, two_step
    from cfspace.access.decay import gaussian_decay, step_decay
    from cfspace.access.isochrones import isochrone_lines, isochrones
    from cfspace.access.nearest import nearest, nearest_many
    from cfspace.access.pairs import count_within, pairs_within
    from cfspace.access.routes import route
    from cfspace.batch.batch import Batch, run_batch
    from cfspace.batch.splitting import split_study
    from cfspace.config.load import load_study
    from cfspace.config.study import Study
    from cfspace.errors import CfspaceError, InputError
    from cfspace.facilities.completeness import completeness
    from cfspace.io.datums import bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
    from cfspace.io.fetch_call import fetch
    from cfspace.network.exchange import from_networkx, to_networkx
    from cfspace.network.health import network_health
    from cfspace.network.joining import snapping_report
    from cfspace.network.model import WalkNetwork
    from cfspace.network.profiles import load_profile, profile_costs
    from cfspace.network.snap import snap
    from cfspace.planning.pilots import rank_pilots
    from cfspace.planning.siting.ask import SiteOptions
    from cfspace.present.charts import (
        before_and_after,
        ladder_of_units,
        lorenz,
        tasks_side_by_side,
        walks_by_age,
    )
    from cfspace.present.fonts import chinese_font
    from cfspace.rulebooks import compare_rulebooks, load_rulebook, rulebook_table, rulebook_text
    from cfspace.runs.candidates import Where
    from cfspace.runs.city import City
    from cfspace.runs.examining import check
    from cfspace.runs.finished import Run, open_run
    from cfspace.runs.linking import LinkOptions
    from cfspace.runs.linking_files import links
    from cfspace.runs.loading import load_city
    from cfspace.runs.piloting import pilots
    from cfspace.runs.run import run
    from cfspace.runs.scenario import ScenarioRun, scenario
    from cfspace.runs.siting_files import site
    from cfspace.runs.trend import Trend, trend
    from cfspace.sample import sample_study

_HOME = {
    "Batch": "cfspace.batch.batch",
    "CfspaceError": "cfspace.errors",
    "City": "cfspace.runs.city",
    "InputError": "cfspace.errors",
    "LinkOptions": "cfspace.runs.linking",
    "Run": "cfspace.runs.finished",
    "ScenarioRun": "cfspace.runs.scenario",
    "SiteOptions": "cfspace.planning.siting.ask",
    "Study": "cfspace.config.study",
    "Trend": "cfspace.runs.trend",
    "WalkNetwork": "cfspace.network.model",
    "Where": "cfspace.runs.candidates",
    "bd09_to_wgs84": "cfspace.io.datums",
    "before_and_after": "cfspace.present.charts",
    "check": "cfspace.runs.examining",
    "chinese_font": "cfspace.present.fonts",
    "compare_rulebooks": "cfspace.rulebooks",
    "completeness": "cfspace.facilities.completeness",
    "count_within": "cfspace.access.pairs",
    "enhanced_two_step": "cfspace.access.catchment",
    "fetch": "cfspace.io.fetch_call",
    "from_networkx": "cfspace.network.exchange",
    "gcj02_to_wgs84": "cfspace.io.datums",
    "isochrones": "cfspace.access.isochrones",
    "ladder_of_units": "cfspace.present.charts",
    "links": "cfspace.runs.linking_files",
    "load_city": "cfspace.runs.loading",
    "load_profile": "cfspace.network.profiles",
    "load_rulebook": "cfspace.rulebooks",
    "load_study": "cfspace.config.load",
    "lorenz": "cfspace.present.charts",
    "nearest": "cfspace.access.nearest",
    "network_health": "cfspace.network.health",
    "open_run": "cfspace.runs.finished",
    "pairs_within": "cfspace.access.pairs",
    "profile_costs": "cfspace.network.profiles",
    "route": "cfspace.access.routes",
    "pilots": "cfspace.runs.piloting",
    "rank_pilots": "cfspace.planning.pilots",
    "rulebook_table": "cfspace.rulebooks",
    "rulebook_text": "cfspace.rulebooks",
    "run": "cfspace.runs.run",
    "run_batch": "cfspace.batch.batch",
    "sample_study": "cfspace.sample",
    "scenario": "cfspace.runs.scenario",
    "site": "cfspace.runs.siting_files",
    "snap": "cfspace.network.snap",
    "snapping_report": "cfspace.network.joining",
    "tasks_side_by_side": "cfspace.present.charts",
    "split_study": "cfspace.batch.splitting",
    "three_step": "cfspace.access.catchment",
    "to_networkx": "cfspace.network.exchange",
    "trend": "cfspace.runs.trend",
    "two_step": "cfspace.access.catchment",
    "walks_by_age": "cfspace.present.charts",
    "wgs84_to_bd09": "cfspace.io.datums",
    "wgs84_to_gcj02": "cfspace.io.datums",
    "gaussian_decay": "cfspace.access.decay",
    "step_decay": "cfspace.access.decay",
    "isochrone_lines": "cfspace.access.isochrones",
    "nearest_many": "cfspace.access.nearest",
}

__all__ = [
    "Batch",
    "CfspaceError",
    "City",
    "InputError",
    "LinkOptions",
    "Run",
    "ScenarioRun",
    "SiteOptions",
    "Study",
    "Trend",
    "WalkNetwork",
    "Where",
    "__version__",
    "bd09_to_wgs84",
    "before_and_after",
    "check",
    "chinese_font",
    "compare_rulebooks",
    "completeness",
    "count_within",
    "enhanced_two_step",
    "fetch",
    "from_networkx",
    "gaussian_decay",
    "gcj02_to_wgs84",
    "isochrone_lines",
    "isochrones",
    "ladder_of_units",
    "links",
    "load_city",
    "load_profile",
    "load_rulebook",
    "load_study",
    "lorenz",
    "nearest",
    "nearest_many",
    "network_health",
    "open_run",
    "pairs_within",
    "pilots",
    "profile_costs",
    "rank_pilots",
    "route",
    "rulebook_table",
    "rulebook_text",
    "run",
    "run_batch",
    "sample_study",
    "scenario",
    "site",
    "snap",
    "snapping_report",
    "split_study",
    "step_decay",
    "tasks_side_by_side",
    "three_step",
    "to_networkx",
    "trend",
    "two_step",
    "walks_by_age",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cfspace' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
