"""Attendance zones: what children reach on foot of the school that is theirs."""

from __future__ import annotations

import numpy as np

from cfspace.config.rulebook import Rulebook, Text, ZoneCoverageRule
from cfspace.indicators.city import City
from cfspace.indicators.evidence import basis_of
from cfspace.indicators.measures.coverage import credit, share_of_bands, step
from cfspace.indicators.outcome import Amounts, Outcome
from cfspace.indicators.words import joined, kind_name, say


def zone_coverage(rule: ZoneCoverageRule, city: City, book: Rulebook) -> Outcome:
    """Return the children within the full distance of the school of their own attendance zone.

    The walk is that to this school, however near another one is; where zones overlap, to the nearest of
    theirs. Homes in no zone, and in zones whose school the study does not have, are left out of numerator and
    denominator and counted with those not measured.
    """
    (way,) = rule.ways()
    if f"zone_m_{way.target}" not in city.homes.columns:
        return Outcome.no_data(_no_zones(way.target))
    basis = basis_of(rule.uses(), city, book, absence=False)
    metres = city.metres_to(way.target, profile="zone")
    if basis.reason or np.isnan(metres).all():
        return Outcome.no_data(basis.reason or _no_zones(way.target), evidence=basis.evidence)
    served = np.where(np.isnan(metres), np.nan, step(metres, way)), credit(metres, way)
    groups = [(band,) for band in rule.who] + ([rule.who] if len(rule.who) > 1 else [])
    tallies = tuple(share_of_bands(bands, [served] * len(bands), city) for bands in groups)
    places = Amounts(of="facilities", values=basis.match.matches.astype(np.float64))
    note = joined([basis.note, _left_out(city, metres)])
    return Outcome(tallies=tallies, note=note, evidence=basis.evidence, places=places)


def _no_zones(target: str) -> Text:
    name = kind_name(target)
    return say(
        en=f"{name.en}: the study has no attendance zones whose school it knows",
        zh=f"{name.zh}：研究没有学校已知的学区",
    )


def _left_out(city: City, metres: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Text | None:
    n_out = int((np.isnan(metres) & city.homes["connector_m"].notna().to_numpy()).sum())
    if not n_out:
        return None
    return say(
        en=f"{n_out} of {len(metres)} homes lie in no zone whose school is known",
        zh=f"{len(metres)} 处住处中有 {n_out} 处不在学校已知的学区内",
    )
