"""How many places of a kind there are, from two lists that know nothing of each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

FEW_SHARED = 7
Z_95 = 1.96
TAIL = 0.025
COMPLETENESS_COLUMNS = (
    "n_osm",
    "n_municipal",
    "n_both",
    "estimate",
    "low",
    "high",
    "osm_share",
    "municipal_share",
    "is_reliable",
)


def chapman(n_first: int, n_second: int, n_both: int) -> tuple[float, float, float]:
    """Return how many places there are, with a 95 % interval, from two lists and what they share.

    Chapman's estimator [chapman-1951] with Seber's variance [seber-1970]. It holds where the lists are
    independent, each place is as likely to be listed as any other, and matching is right; a place that
    neither list is ever likely to hold is not counted. The interval is log-normal above the number
    of places known [chao-1987], so that it never falls below it. Where one list holds nothing that the other
    lacks, the formula leaves no variance, as if `n_both` of `n_both` found were proof that all would be: then
    the high end is where so many hits in a row have a chance of 2.5 % [clopper-1934].

    Parameters
    ----------
    n_first, n_second
        Places on each list.
    n_both
        Places on both; at most the shorter list.

    Returns
    -------
    Estimate, low and high ends.

    Examples
    --------
    60 on one list, 40 on the other, 30 on both: 61 x 41 / 31 - 1.

    >>> [round(value, 1) for value in chapman(60, 40, 30)]
    [79.7, 73.8, 94.9]
    >>> [round(value, 1) for value in chapman(12, 12, 12)]
    [12.0, 12.0, 16.3]
    """
    known = n_first + n_second - n_both
    estimate = (n_first + 1) * (n_second + 1) / (n_both + 1) - 1
    only_first, only_second = n_first - n_both, n_second - n_both
    variance = (n_first + 1) * (n_second + 1) * only_first * only_second / ((n_both + 1) ** 2 * (n_both + 2))
    unseen = estimate - known
    if unseen <= 0 or variance <= 0:
        return float(estimate), float(known), known / TAIL ** (1 / n_both) if n_both else math.inf
    spread = math.exp(Z_95 * math.sqrt(math.log(1 + variance / unseen**2)))
    return float(estimate), known + unseen / spread, known + unseen * spread


def as_listed(
    facilities: gpd.GeoDataFrame, found: gpd.GeoDataFrame, merges: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Return the places of both sources as they stood before a complete list left any out, each once.

    Parameters
    ----------
    facilities
        All facilities of a study, merged; ``facility_id``, ``kind``, ``source``.
    found
        What OSM holds, before merging, in the same CRS; ``facility_id``, ``kind``.
    merges
        How they came together; ``status`` and ``other_id``.

    Returns
    -------
    ``facility_id``, ``kind``, ``source`` and geometry, for `completeness`.
    """
    matched = merges["other_id"][merges["status"] == "match"]
    listed = facilities[facilities["source"].str.contains("municipal")]
    rest = found[~found["facility_id"].isin(matched)].assign(source="osm")
    columns = ["facility_id", "kind", "source", "geometry"]
    together = pd.concat([listed[columns], rest[columns]], ignore_index=True)
    return gpd.GeoDataFrame(together, geometry="geometry", crs=facilities.crs)


def count_sources(facilities: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Return how many places of each group OSM holds, lists hold, and both hold.

    Parameters
    ----------
    facilities
        ``source`` and the columns of `by`.
    by
        Columns to group by.
    """
    source = facilities["source"]
    in_osm = source.str.startswith("osm")
    in_list = source.str.contains("municipal")
    table = facilities[list(by)].assign(n_osm=in_osm, n_municipal=in_list, n_both=in_osm & in_list)
    counts = table.groupby(list(by), sort=True, observed=True)[["n_osm", "n_municipal", "n_both"]].sum()
    return counts.astype("int64")


def completeness(facilities: pd.DataFrame, *, by: Sequence[str] = ("kind",)) -> pd.DataFrame:
    """Return for each kind (and unit) how many places there are, and the share that each source holds.

    Parameters
    ----------
    facilities
        Facilities with ``source``, as `build_facilities` returns them before a complete list has left
        anything out: a list that is the whole truth needs no estimate.
    by
        Columns to group by, such as ``("kind", "district_id")``.

    Returns
    -------
    One row per group that both sources speak of, indexed by `by`: counts of each and of both, the estimate
    with its 95 % interval, the share of it that OSM and the list hold. ``is_reliable`` is false where fewer
    than 7 places are on both.

    Examples
    --------
    Ten places on both lists, two on the city's alone, one on OSM alone: 12 x 13 / 11 - 1 in all.

    >>> sources = ["osm+municipal:a.csv"] * 10 + ["municipal:a.csv"] * 2 + ["osm"]
    >>> places = pd.DataFrame({"kind": "library", "source": sources})
    >>> completeness(places)[["n_both", "estimate", "is_reliable"]].round(2).values.tolist()
    [[10, 13.18, True]]
    """
    counts = count_sources(facilities, by=by)
    counts = counts[(counts["n_osm"] > 0) & (counts["n_municipal"] > 0)]
    estimates = [chapman(*map(int, row)) for row in counts.itertuples(index=False)]
    result = counts.assign(
        **{name: [values[i] for values in estimates] for i, name in enumerate(("estimate", "low", "high"))}
    )
    result["osm_share"] = result["n_osm"] / result["estimate"]
    result["municipal_share"] = result["n_municipal"] / result["estimate"]
    result["is_reliable"] = result["n_both"] >= FEW_SHARED
    return result[list(COMPLETENESS_COLUMNS)]
