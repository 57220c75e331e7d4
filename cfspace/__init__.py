"""Measure how well a city's space serves its children.

Public names load what they need when they are first used: ``import cfspace`` itself is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfspace._version import __version__

if TYPE_CHECKING:
    from cfspace.access.catchment import enhanced_two_step, three_step, two_step
    from cfspace.access.isochrones import isochrones
    from cfspace.access.nearest import nearest
    from cfspace.config.load import load_study
    from cfspace.config.study import Study
    from cfspace.errors import CfspaceError, InputError
    from cfspace.network.exchange import from_networkx, to_networkx
    from cfspace.network.health import network_health
    from cfspace.network.joining import snapping_report
    from cfspace.network.model import WalkNetwork
    from cfspace.network.snap import snap
    from cfspace.rulebooks import load_rulebook
    from cfspace.runs.loading import City, load_city
    from cfspace.runs.run import Run, open_run, run
    from cfspace.sample import sample_study

_HOME = {
    "CfspaceError": "cfspace.errors",
    "City": "cfspace.runs.loading",
    "InputError": "cfspace.errors",
    "Run": "cfspace.runs.run",
    "Study": "cfspace.config.study",
    "WalkNetwork": "cfspace.network.model",
    "enhanced_two_step": "cfspace.access.catchment",
    "from_networkx": "cfspace.network.exchange",
    "isochrones": "cfspace.access.isochrones",
    "load_city": "cfspace.runs.loading",
    "load_rulebook": "cfspace.rulebooks",
    "load_study": "cfspace.config.load",
    "nearest": "cfspace.access.nearest",
    "network_health": "cfspace.network.health",
    "open_run": "cfspace.runs.run",
    "run": "cfspace.runs.run",
    "sample_study": "cfspace.sample",
    "snap": "cfspace.network.snap",
    "snapping_report": "cfspace.network.joining",
    "three_step": "cfspace.access.catchment",
    "to_networkx": "cfspace.network.exchange",
    "two_step": "cfspace.access.catchment",
}

__all__ = [
    "CfspaceError",
    "City",
    "InputError",
    "Run",
    "Study",
    "WalkNetwork",
    "__version__",
    "enhanced_two_step",
    "from_networkx",
    "isochrones",
    "load_city",
    "load_rulebook",
    "load_study",
    "nearest",
    "network_health",
    "open_run",
    "run",
    "sample_study",
    "snap",
    "snapping_report",
    "three_step",
    "to_networkx",
    "two_step",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'cfspace' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
