"""Which kinds may speak: unknown is not zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from cfspace.config.rulebook import Rulebook, Target, Text
from cfspace.indicators.city import City
from cfspace.indicators.words import joined, kind_name, say
from cfspace.rulebooks import TargetMatch, match_target

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
    targets = [book.targets()[name] for name in names]
    kinds = list(dict.fromkeys(kind for target in targets for kind in target.kinds))
    speaking = [kind for kind in kinds if not _silent(kind, city.evidence, book, absence=absence)]
    match = _any_of([match_target(target, city.facilities) for target in targets])
    if not speaking:
        reason = joined(_silent(kind, city.evidence, book, absence=absence) for kind in kinds)
        found = weakest(city.evidence.get(kind, "none") for kind in kinds)
        return Basis(reason=reason, evidence=found, match=match, note=None)
    evidence = weakest(city.evidence[kind] for kind in speaking)
    reason, note = _narrowing(targets, match, book)
    silent = [kind for kind in kinds if kind not in speaking]
    notes = [note, *(_silent(kind, city.evidence, book, absence=absence) for kind in silent)]
    return Basis(reason=reason, evidence=evidence, match=match, note=joined(notes))


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


def _narrowing(targets: list[Target], match: TargetMatch, book: Rulebook) -> tuple[Text | None, Text | None]:
    """Say why a narrowing by attributes leaves nothing to say, or what of it is not known."""
    if not match.unknown.any():
        return None, None
    asked = ", ".join(sorted({condition.attribute for target in targets for condition in target.where}))
    n_unknown, n_places = int(match.unknown.sum()), int(match.of_kind.sum())
    told = say(
        en=f"{asked} is not known for {n_unknown} of {n_places} places",
        zh=f"{n_places} 处场所中有 {n_unknown} 处的 {asked} 不明",
    )
    return (told, None) if match.known_share < book.min_known_share else (None, told)
