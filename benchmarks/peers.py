"""Which peers are there, and in which version."""

from __future__ import annotations

import importlib
import warnings
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from benchmarks.errors import PeerMissingError

TOLD = (
    "numpy",
    "scipy",
    "numba",
    "pandas",
    "shapely",
    "geopandas",
    "osmium",
    "networkx",
    "osmnx",
    "pandana",
    "pandarm",
    "pyrosm",
    "spopt",
    "pulp",
    "highspy",
)


def peer(name: str) -> ModuleType:
    """Import a peer.

    Raises
    ------
    PeerMissingError
        If it is not installed or does not start; with its own message.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError as error:
        raise PeerMissingError(f"{name}: {error}") from error


def versions() -> dict[str, str]:
    """Return the versions of everything that was compared; "not installed" where it is not."""
    found = {}
    for name in TOLD:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
