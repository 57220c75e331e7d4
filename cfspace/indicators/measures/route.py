"""What children meet on their way to school."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cfspace.config.rulebook import RouteRule, Rulebook
from cfspace.indicators.city import City, Floats
from cfspace.indicators.evidence import basis_of, weakest
from cfspace.indicators.outcome import Amounts, Outcome, Tally
from cfspace.indicators.words import joined, say

NO_TRIPS = say(en="the paths to school were not computed", zh="未计算上学路径")
NO_TRIP_HERE = say(
    en="no child of this age has a measured path to school here", zh="此处没有已测定上学路径的该年龄段儿童"
)


def route(rule: RouteRule, city: City, book: Rulebook) -> Outcome:
    """Return a figure of the shortest paths to school, weighted by the children who walk them.

    - ``footway_share``: metres with a footway over metres of which it is known.
    - ``major_crossings``: crossings of main roads over trips.

    Each band walks to the nearest school of its own kind. A home without a path is left out and counted.
    """
    bases = [basis_of((kind,), city, book, absence=False) for kind in rule.uses()]
    reasons = [basis.reason for basis in bases] + [NO_TRIPS if city.trips is None else None]
    evidence = weakest(basis.evidence for basis in bases)
    if city.trips is None or any(reason is not None for reason in reasons):
        return Outcome.no_data(joined(reasons), evidence=evidence)
    paths = {kind: city.paths_to(kind) for kind in rule.uses()}
    groups = [(band,) for band in rule.who] + ([rule.who] if len(rule.who) > 1 else [])
    tallies = tuple(_tally(rule, bands, paths, city) for bands in groups)
    counted = np.logical_or.reduce([basis.match.matches for basis in bases])
    places = Amounts(of="facilities", values=counted.astype(np.float64))
    return Outcome(tallies=tallies, evidence=evidence, places=places)


def _tally(rule: RouteRule, bands: tuple[str, ...], paths: dict[str, pd.DataFrame], city: City) -> Tally:
    upper, lower, left_out = (np.zeros(len(city.homes)) for _ in range(3))
    without = np.zeros(len(city.homes), dtype=bool)
    for band in bands:
        path, children = paths[rule.schools[band]], city.children((band,))  # type: ignore[index]
        without |= path["path_m"].isna().to_numpy()
        if rule.figure == "major_crossings":
            counted, base, unknown = path["major_crossings"], path["path_m"].notna(), path["path_m"] * 0
        else:
            counted, base, unknown = path["footway_m"], path["known_m"], path["path_m"] - path["known_m"]
        upper += children * _filled(counted)
        lower += children * _filled(base)
        left_out += children * _filled(unknown)
    return Tally(
        bands=bands,
        nothing=NO_TRIP_HERE,
        numerator=Amounts(of="homes", values=upper),
        denominator=Amounts(of="homes", values=lower),
        unknown=Amounts(of="homes", values=left_out) if rule.figure == "footway_share" else None,
        unmeasured=Amounts(of="homes", values=without.astype(np.float64)),
    )


def _filled(values: pd.Series) -> Floats:
    return np.asarray(np.nan_to_num(values.to_numpy(np.float64), nan=0.0), dtype=np.float64)
