"""How complete lists are, and what the places that none of them has would serve."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from cfspace.config.rulebook import (
    BundleRule,
    CountNormRule,
    CoverageRule,
    EquippedRule,
    GateCrossingRule,
    LandCoverageRule,
    PresenceRule,
    Rule,
    Rulebook,
    SupplyRule,
    Uncertainty,
)
from cfspace.indicators.city import City
from cfspace.indicators.evidence import basis_of
from cfspace.indicators.outcome import Amounts, Tally

BY_LISTS: Final = (CoverageRule, BundleRule, LandCoverageRule, PresenceRule, EquippedRule, GateCrossingRule)
AMOUNTS: Final = (SupplyRule, CountNormRule)


def completeness_of(rule: Rule, city: City, book: Rulebook) -> float | None:
    """Return the share of the places a rule looks for that the study knows; None where it looks for none."""
    if isinstance(rule, SupplyRule):
        from_table = any(amount.table is not None for amount in rule.amounts)
        names: Iterable[str] = () if from_table else rule.uses()
    elif isinstance(rule, EquippedRule):
        names = rule.having
    elif isinstance(rule, GateCrossingRule):
        names = (rule.target,)
    else:
        names = rule.uses() if isinstance(rule, (*BY_LISTS, *AMOUNTS)) else ()
    return share_known(tuple(names), city, book) if names else None


def share_known(names: tuple[str, ...], city: City, book: Rulebook) -> float:
    """Return ``n / sum of 1 / c`` over the n places of targets, `c` the completeness of each one's kind."""
    matches = basis_of(names, city, book, absence=False).match.matches
    kinds = city.facilities["kind"].to_numpy(object)[matches]
    if not len(kinds):
        return 1.0
    found, counts = np.unique(kinds.astype(str), return_counts=True)
    known = kind_completeness(found.tolist(), city.evidence, city.completeness, book.uncertainty)
    return float(counts.sum() / sum(count / known[kind] for kind, count in zip(found, counts, strict=True)))


def kind_completeness(
    kinds: Iterable[str], evidence: Mapping[str, str], estimates: Mapping[str, float], doubt: Uncertainty
) -> dict[str, float]:
    """Return how complete each kind is: 1 by a complete list, else as two lists tell, else as assumed."""
    assumed = {
        "municipal_complete": 1.0,
        "municipal": doubt.municipal_completeness,
        "osm": doubt.osm_completeness,
    }
    return {
        kind: 1.0
        if evidence.get(kind) == "municipal_complete"
        else estimates.get(kind, assumed.get(evidence.get(kind, "osm"), doubt.osm_completeness))
        for kind in kinds
    }


def chance_of_missing(share: float, known: float) -> float:
    """Return the chance that a place which no list has serves what none of the known places serves.

    Places fall as a Poisson process of which the study knows a share `known`: were `share` served by the
    known ones, as many again for each would leave ``(1 - share) ^ ((1 - known) / known)`` unserved
    [poisson-1837].

    Examples
    --------
    Half is served and half the places are known: the other half serves half of the rest.

    >>> chance_of_missing(0.5, 0.5), chance_of_missing(0.5, 1.0)
    (0.5, 0.0)
    """
    return float(1.0 - (1.0 - share) ** ((1.0 - known) / known))


def missing_of(rule: Rule, tally: Tally, known: float | None, city: City, book: Rulebook) -> float | None:
    """Return the chance that what a tally leaves out is served by a place that no list has.

    None where lists play no part, or there is nothing to serve.
    """
    if known is None or not isinstance(rule, BY_LISTS):
        return None
    numerator, denominator = tally.numerator, tally.denominator
    if not isinstance(numerator, Amounts) or not isinstance(denominator, Amounts):
        return None
    total = float(np.sort(denominator.values).sum())
    if not total > 0:
        return None
    if isinstance(rule, BundleRule):
        return _missing_of_bundle(rule, tally, city, book)
    return chance_of_missing(min(float(np.sort(numerator.values).sum()) / total, 1.0), known)


def _missing_of_bundle(rule: BundleRule, tally: Tally, city: City, book: Rulebook) -> float:
    """Return the chance for the services of a bundle: the mean of theirs, by what each leaves out."""
    children = city.children(tally.bands)
    left_out, found = 0.0, 0.0
    for way in rule.ways():
        metres = city.metres_to(way.target)
        own = np.where(np.isnan(metres), 0.0, children)
        total = float(np.sort(own).sum())
        share = float(np.sort(own[metres <= way.full_m]).sum()) / total if total > 0 else 0.0
        chance = chance_of_missing(min(share, 1.0), share_known((way.target,), city, book))
        left_out += 1.0 - share
        found += (1.0 - share) * chance
    return found / left_out if left_out > 0 else 0.0
