"""The city's checklists, matched to its places and units."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from cfspace.config.study import AuditSection
from cfspace.indicators.city import AUDIT_COLUMNS
from cfspace.io.reports import LayerReport
from cfspace.io.tables import read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklists:
    """Answers to checklists.

    Attributes
    ----------
    frame
        One row per answer: `kind` and `facility_id`, or `level` and `unit_id`; `item`, and `value` as
        written. An answer whose place is not among the facilities has no `facility_id`.
    reports
        What reading each file did.
    notes
        Sentences for the report: names that match no place, or more than one.
    """

    frame: pd.DataFrame
    reports: tuple[LayerReport, ...]
    notes: tuple[str, ...]


def read_checklists(sections: Iterable[AuditSection], facilities: pd.DataFrame) -> Checklists:
    """Read a study's ``[[audits]]`` and find the place that each row names.

    Parameters
    ----------
    sections
        The study's checklists.
    facilities
        Columns `facility_id`, `kind`, `name`.

    Raises
    ------
    LayerError
        If a file or a column is missing.
    """
    frames, reports, notes = [], [], []
    for section in sections:
        table = read_table(
            section.file,
            table=f"[[audits]] {section.kind or section.level}",
            unit_id=section.unit_id,
            facility=section.facility,
            columns=section.columns,
            numbers=(),
        )
        answers, note = _answers(section, table.frame, facilities)
        frames.append(answers)
        reports.append(table.report)
        notes += [note] if note else []
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*AUDIT_COLUMNS])
    return Checklists(frame=frame[[*AUDIT_COLUMNS]], reports=tuple(reports), notes=tuple(notes))


def _answers(
    section: AuditSection, table: pd.DataFrame, facilities: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    if section.kind is None:
        keys = table[["unit_id"]].assign(level=section.level, kind=None, facility_id=None)
        note = ""
    else:
        ids = _ids_by_name(facilities[facilities["kind"] == section.kind])
        found = [ids.get(plain_name(name)) for name in table["facility"]]
        lost = [name for name, one in zip(table["facility"], found, strict=True) if one is None]
        note = _note(section, lost) if lost else ""
        keys = table[["facility"]].assign(
            kind=section.kind,
            facility_id=pd.Series(found, index=table.index, dtype=object),
            level=None,
            unit_id=None,
        )
    items = [keys.assign(item=item, value=table[item].astype(object)) for item in section.columns]
    return pd.concat(items, ignore_index=True), note


def _ids_by_name(places: pd.DataFrame) -> dict[str, str]:
    """Return the id of each place whose name no other has."""
    named = places[places["name"].notna()]
    names = named["name"].map(plain_name)
    single = ~names.duplicated(keep=False)
    return dict(zip(names[single], named["facility_id"][single], strict=True))


def plain_name(name: object) -> str:
    """Return a name without what writers differ in: width of characters, case and spaces.

    Examples
    --------
    >>> plain_name("第一小学 （东校区）") == plain_name("第一小学(东校区)")
    True
    """
    return "".join(unicodedata.normalize("NFKC", str(name)).casefold().split())


def _note(section: AuditSection, lost: list[str]) -> str:
    shown = ", ".join(lost[:5]) + (" ..." if len(lost) > 5 else "")
    return f"[[audits]] {section.file.name}: {len(lost)} names match no single {section.kind}: {shown}"
