"""Trend: how values change between finished runs, and how much of it is only better mapping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pandas as pd

from cfspace.errors import RunError
from cfspace.io.atomic import atomic_folder
from cfspace.io.csv_cells import read_guarded
from cfspace.planning.trends import OSM_ID, Snapshot, coverage_changes, facility_changes
from cfspace.present.rundata import RunData, read_run
from cfspace.runs import files
from cfspace.runs.attributing import KEYS, of_mapping

CHANGE_COLUMNS = ("change_mapped", "change_unclear", "change_rest")


@dataclass(frozen=True)
class Trend:
    """A finished trend.

    Attributes
    ----------
    folder
        Where its files lie.
    """

    folder: Path

    @cached_property
    def changes(self) -> pd.DataFrame:
        """``trend.csv``: a row per pair of snapshots, unit, indicator and age band."""
        return read_guarded(self.folder / "trend.csv")

    @cached_property
    def facilities(self) -> pd.DataFrame:
        """``facility_changes.csv``: places that came or went, and what that means."""
        return read_guarded(self.folder / "facility_changes.csv")

    @cached_property
    def completeness(self) -> pd.DataFrame:
        """``completeness.csv``: what each snapshot knows of each kind, and by what evidence."""
        return read_guarded(self.folder / "completeness.csv")


def trend(
    runs: Sequence[str | Path], out: str | Path, *, lang: str | None = None, force: bool = False
) -> Trend:
    """Compare finished runs of one place at several dates and write what changed, all or nothing.

    Parameters
    ----------
    runs
        Folders of two or more finished runs, by one rulebook, of the same units; in any order.
    out
        Folder to make.
    lang
        ``zh`` or ``en``; default: that of the latest run.
    force
        Replace an earlier result.

    Returns
    -------
    The finished trend.

    Raises
    ------
    RunError
        If there are fewer than two runs, two of one date, runs of different rulebooks, or runs that share no
        unit.
    OutputError
        If the folder exists and `force` is not given.

    Examples
    --------
    >>> trend(["one-run"], "out/trend")
    Traceback (most recent call last):
    cfspace.errors.RunError: one-run: no such folder; give the folder that cfspace run wrote
    """
    from cfspace.present.trend_page import draw_trend

    with atomic_folder(Path(out), force=force) as folder:
        data = _in_order([read_run(Path(one)) for one in runs])
        pairs = [_pair(before, after) for before, after in pairwise(data)]
        changes, places = (pd.concat(part, ignore_index=True) for part in zip(*pairs, strict=True))
        files.write_csv(changes, folder / "trend.csv")
        files.write_csv(places, folder / "facility_changes.csv")
        files.write_csv(_completeness(data), folder / "completeness.csv")
        (folder / ".cfspace").write_text("trend\n", encoding="utf-8", newline="\n")
        page = draw_trend(data, changes, places, _completeness(data), lang=lang or data[-1].language)
        (folder / "trend.html").write_text(page, encoding="utf-8", newline="\n")
    return Trend(Path(out))


def _in_order(data: list[RunData]) -> list[RunData]:
    if len(data) < 2:
        raise RunError(f"trend: {len(data)} run given; give the folders of two or more")
    data = sorted(data, key=lambda run: str(run.study["snapshot"]))
    first = data[0]
    for before, run in pairwise(data):
        if run.study["snapshot"] == before.study["snapshot"]:
            days = f"both of {run.study['snapshot']}"
            raise RunError(f"{run.run_dir}: {days} with {before.run_dir}; give snapshots of different dates")
        if run.rulebook != first.rulebook:
            raise RunError(
                f"{run.run_dir}: another rulebook than {first.run_dir}; run both studies by the same one"
            )
        if run.weights_kind != first.weights_kind:
            kinds = f"by {run.weights_kind}, {first.run_dir} by {first.weights_kind}"
            raise RunError(f"{run.run_dir}: weighs homes {kinds}; run both studies on the same weights")
        keys = [
            set(zip(one.scores["unit_level"], one.scores["unit_id"], strict=True)) for one in (first, run)
        ]
        if not keys[0] & keys[1]:
            raise RunError(f"{run.run_dir}: shares no unit with {first.run_dir}; give runs of one place")
    return data


def _pair(before: RunData, after: RunData) -> tuple[pd.DataFrame, pd.DataFrame]:
    places = facility_changes(_snapshot(before), _snapshot(after))
    changes = coverage_changes(before.coverage, after.coverage, doubted=_doubted(before, after))
    changes = changes.merge(of_mapping(after, places), on=KEYS, how="left", validate="1:1")
    for name in CHANGE_COLUMNS[:2]:
        changes[name] = changes[name].where(changes["change"].notna())
    changes["change_rest"] = changes["change"] - changes["change_mapped"] - changes["change_unclear"]
    days = {"from": str(before.study["snapshot"]), "to": str(after.study["snapshot"])}
    for table in (changes, places):
        for at, (name, day) in enumerate(days.items()):
            table.insert(at, name, day)
    return changes, places


def _doubted(*runs: RunData) -> pd.MultiIndex:
    """Return the rows of which more was looked at, as to what may be off, than lists and unknown answers."""
    tables = [run.uncertainty for run in runs]
    parts = [table.loc[table["cause"].isin(["walks", "placement"]), KEYS] for table in tables]
    return pd.MultiIndex.from_frame(pd.concat(parts).drop_duplicates())


def _snapshot(run: RunData) -> Snapshot:
    return Snapshot(
        day=dt.date.fromisoformat(str(run.study["snapshot"])),
        facilities=run.facilities,
        evidence=run.meta["evidence"],
        osm_ids=_osm_ids(run),
    )


def _osm_ids(run: RunData) -> dict[str, int]:
    """Return the highest OSM ids that a run shows, a lower bound of those its extract held."""
    highest = {"node": 0, "way": 0, "relation": 0}
    if "osm" not in run.meta["study"]:
        return highest
    texts = pd.concat([run.facilities["source_id"].astype(str), run.homes["home_id"].astype(str)])
    for kind, own in OSM_ID.findall(" ".join(texts)):
        highest[kind] = max(highest[kind], int(own))
    segments = run.segments
    highest["way"] = max(highest["way"], int(segments["way_id"].max()))
    highest["node"] = max(highest["node"], int(segments[["from_node_id", "to_node_id"]].max().max()))
    return highest


def _completeness(data: list[RunData]) -> pd.DataFrame:
    """Return what each snapshot knows of each kind: places, by which source, by what evidence."""
    rows = []
    for run in data:
        source = run.facilities["source"].astype(str)
        listed, mapped = source.str.contains("municipal"), source.str.contains("osm")
        for kind in sorted({*run.meta["evidence"], *run.facilities["kind"]}):
            own = (run.facilities["kind"] == kind).to_numpy()
            rows.append(
                {
                    "snapshot": str(run.study["snapshot"]),
                    "kind": kind,
                    "evidence": run.meta["evidence"].get(kind, "none"),
                    "n_places": int(own.sum()),
                    "n_listed": int((own & listed).sum()),
                    "n_osm": int((own & mapped).sum()),
                    "n_both": int((own & listed & mapped).sum()),
                }
            )
    return pd.DataFrame(rows)
