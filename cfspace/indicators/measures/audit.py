"""Audit: what no map shows, from the city's own checklists."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfspace.config.rulebook import AuditRule, Rulebook
from cfspace.indicators.city import City
from cfspace.indicators.outcome import Amounts, Outcome, Tally, Things
from cfspace.indicators.words import attribute_names, joined, say
from cfspace.rulebooks.values import as_word


def audit(rule: AuditRule, city: City, book: Rulebook) -> Outcome:  # noqa: ARG001
    """Return 1 for each yes among the known answers to the rule's checklist items.

    A rule with kinds reads the answers for facilities of those kinds; one without reads the answers for
    units, of the finest level that has any. An item answered twice for the same place counts once, as first
    given.
    """
    things: Things
    rows = city.audits[city.audits["item"].isin(rule.items)]
    if rule.kinds:
        rows, keys = rows[rows["kind"].isin(rule.kinds)], city.facilities["facility_id"]
        things, level, key = "facilities", "", "facility_id"
    else:
        level = next((one for one in reversed(city.units.levels) if (rows["level"] == one).any()), "")
        rows = rows[rows["level"] == level]
        keys = city.units.frames[level]["unit_id"] if level else pd.Series(dtype=object)
        things, key = "units", "unit_id"
    rows = rows.drop_duplicates([key, "item"])
    position = pd.Index(keys).get_indexer(pd.Index(rows[key]))
    words = np.array([as_word(value) for value in rows["value"]], dtype=object)
    placed = position >= 0
    known = np.isin(words, ("yes", "no")) & placed
    if not known.any():
        items = attribute_names(rule.items)
        return Outcome.no_data(
            say(en=f"no answers to the checklist items {items.en}", zh=f"清单项{items.zh}没有答复")
        )

    def amounts(truths: NDArray[np.bool_]) -> Amounts:
        values = truths[placed].astype(np.float64)
        return Amounts(of=things, level=level, rows=position[placed], values=values)

    tally = Tally(
        bands=rule.who,
        numerator=amounts(words == "yes"),
        denominator=amounts(known),
        unknown=amounts(~known),
        nothing=say(en="no answers are known here", zh="此处没有已知的答复"),
    )
    n_known, n_lost = int(known.sum()), int((~placed).sum())
    told = say(en=f"{n_known} of {len(rows)} answers known", zh=f"{len(rows)} 项答复中 {n_known} 项已知")
    lost = say(en=f"{n_lost} answers name no place of the study", zh=f"{n_lost} 项答复未对应任何场所")
    audited = np.isin(np.arange(len(keys)), position[known]).astype(np.float64)
    places = Amounts(of="facilities", values=audited) if things == "facilities" else None
    return Outcome(
        tallies=(tally,), note=joined([told, lost if n_lost else None]), evidence="municipal", places=places
    )
