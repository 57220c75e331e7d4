"""Where the facilities of a kind came from, and so what their absence means."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd

from cfspace.facilities.municipal import MunicipalList

EVIDENCE = ("municipal_complete", "municipal", "osm", "none")
"""Strongest first."""


def evidence_of(
    facilities: gpd.GeoDataFrame, lists: Iterable[MunicipalList], kinds: Iterable[str]
) -> dict[str, str]:
    """Return the evidence of each kind, sorted by kind.

    A complete list is evidence even when it is empty; any other source only where it holds a facility:
    a kind that no source holds has ``none``, and its absence shows nothing.

    Parameters
    ----------
    facilities
        All facilities, with ``kind`` and ``source``.
    lists
        The municipal lists read.
    kinds
        Further kinds to tell about.
    """
    is_listed = facilities["source"].str.contains("municipal", na=False)
    from_list = set(facilities["kind"][is_listed])
    from_osm = set(facilities["kind"][~is_listed])
    complete: set[str] = set()
    named: set[str] = set()
    for municipal in lists:
        named |= set(municipal.kinds)
        complete |= set(municipal.kinds) if municipal.complete else set()
    evidence = {}
    for kind in sorted({*kinds, *named, *from_list, *from_osm}):
        if kind in complete:
            evidence[kind] = "municipal_complete"
        elif kind in from_list:
            evidence[kind] = "municipal"
        else:
            evidence[kind] = "osm" if kind in from_osm else "none"
    return evidence
