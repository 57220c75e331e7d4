"""Which kinds may speak: unknown is not zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from cfspace.config.rulebook import Rulebook, Target, Text
from cfspace.indicators.city import City
from cfspace.indicators.words import attribute_names, joined, kind_name, say
from cfspace.rulebooks import TargetMatch

ORDER: Final = ("none", "osm", "municipal", "municipal_complete")
"""Evidence, weakest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What is known of some targets taken together.

    Attributes
    ----------
    reason
        Why nothing can be said, in words; None where something can.
    evidence
        The weakest evidence among the kinds that may speak.
    match
        Facilities that belong to any of the targets.
    note
        What is known only in part.
    """

    reason: Text | None
    evidence: str
    match: TargetMatch
    note: Text | None


def weakest(evidence: Iterable[str]) -> str:
    """Return the weakest of several kinds of evidence.

    Examples
    --------
    >>> weakest(["municipal_complete", "osm"])
    'osm'
    """
    return min(evidence, key=ORDER.index, default="none")


def basis_of(names: Iterable[str], city: City, book: Rulebook, *, absence: bool) -> Basis:
    """Return what is known of targets of which any one serves.

    Parameters
    ----------
    names
        Targets.
    absence
        Whether the measure rests on there being no other facility: then kinds whose absence the evidence
        cannot show do not count as known.
    """
    known = book.targets()
    targets = [known[name] for name in names]
    match = _any_of([city.match(target) for target in targets])
    silent = {
        kind: _silent(kind, city.evidence, book, absence=absence)
        for target in targets
        for kind in target.kinds
    }
    reasons = [_reason(target, silent, city, book) for target in targets]
    if all(reason is not None for reason in reasons):
        found = weakest(city.evidence.get(kind, "none") for kind in silent)
        return Basis(reason=joined(reasons), evidence=found, match=match, note=None)
    evidence = weakest(city.evidence[kind] for kind, reason in silent.items() if reason is None)
    note = joined([*reasons, *silent.values(), *(_partly(target, city) for target in targets)])
    return Basis(reason=None, evidence=evidence, match=match, note=note)


def _reason(target: Target, silent: Mapping[str, Text | None], city: City, book: Rulebook) -> Text | None:
    """Say why nothing can be said of one target; None where something can."""
    if all(silent[kind] is not None for kind in target.kinds):
        return joined(silent[kind] for kind in target.kinds)
    match = city.match(target)
    return _partly(target, city) if match.known_share < book.min_known_share else None


def _silent(kind: str, evidence: Mapping[str, str], book: Rulebook, *, absence: bool) -> Text | None:
    """Say why a kind cannot speak; None where it can."""
    found = evidence.get(kind, "none")
    if found == "none":
        return say(
            en=f"{kind_name(kind).en}: no source lists any, and none says that there is none",
            zh=f"{kind_name(kind).zh}：没有任何来源列出，也没有来源表明确实没有",
        )
    if absence and kind in book.absence_unprovable and found != "municipal_complete":
        return say(
            en=f"{kind_name(kind).en}: only a complete municipal list could show where there is none",
            zh=f"{kind_name(kind).zh}：只有完整的市级名录才能表明何处没有",
        )
    return None


def _any_of(found: list[TargetMatch]) -> TargetMatch:
    matches = np.logical_or.reduce([match.matches for match in found])
    unknown = np.logical_or.reduce([match.unknown for match in found]) & ~matches
    return TargetMatch(
        matches=matches, unknown=unknown, of_kind=np.logical_or.reduce([match.of_kind for match in found])
    )


def _partly(target: Target, city: City) -> Text | None:
    """Say for how many places it is not known whether they belong to a target; None where it is for all."""
    match = city.match(target)
    n_unknown, n_places = int(match.unknown.sum()), int(match.of_kind.sum())
    if not n_unknown:
        return None
    asked = attribute_names(condition.attribute for condition in (*target.where, *target.otherwise))
    return say(
        en=f"{asked.en} is not known for {n_unknown} of {n_places} places",
        zh=f"{n_places} 处场所中有 {n_unknown} 处的{asked.zh}不明",
    )
