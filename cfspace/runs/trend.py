"""Trend: how values change between finished runs, and how much of it is only better mapping."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import pandas as pd

from cfspace.config.rulebook import CoverageRule, Rulebook
from cfspace.errors import RunError
from cfspace.io.atomic import atomic_folder
from cfspace.io.csv_cells import read_guarded
from cfspace.planning.compare import value_within
from cfspace.planning.trends import OSM_ID, Snapshot, coverage_changes, facility_changes
from cfspace.present.rundata import RunData, read_run
from cfspace.runs import files
from cfspace.runs.counting import matching
from cfspace.runs.rewalking import Walks

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
    changes = coverage_changes(before.coverage, after.coverage)
    effects = _of_mapping(after, places)
    changes = changes.merge(effects, on=["unit_level", "unit_id", "indicator", "age_band"], how="left")
    is_walk = changes["indicator"].isin(_walked(after))
    for name in CHANGE_COLUMNS[:2]:
        filled = changes[name].fillna(0.0) if name in changes else 0.0
        changes[name] = pd.Series(filled, index=changes.index).where(is_walk & changes["change"].notna())
    changes["change_rest"] = changes["change"] - changes["change_mapped"] - changes["change_unclear"]
    days = {"from": str(before.study["snapshot"]), "to": str(after.study["snapshot"])}
    for table in (changes, places):
        for at, (name, day) in enumerate(days.items()):
            table.insert(at, name, day)
    return changes, places


def _walked(run: RunData) -> list[str]:
    book = Rulebook.model_validate(run.rulebook)
    return [rule.id for rule in book.indicator if isinstance(rule, CoverageRule)]


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


def _of_mapping(after: RunData, places: pd.DataFrame) -> pd.DataFrame:
    """Return how much of each coverage rests on places that were only mapped, or of which nobody can tell.

    Each coverage is walked again without them, on the streets and homes of the later run.
    """
    mapped = set(places.loc[places["change"] == "mapped", "facility_id"])
    unclear = set(places.loc[places["change"] == "unclear", "facility_id"])
    walks = Walks(after)
    known = set(after.coverage.loc[after.coverage["value"].notna(), "indicator"])
    rows = []
    for rule in Rulebook.model_validate(after.rulebook).indicator:
        if not isinstance(rule, CoverageRule) or rule.id not in known:
            continue
        ids = {target: set(matching(after, target)["facility_id"]) for target in rule.uses()}
        if not any(own & (mapped | unclear) for own in ids.values()):
            continue
        homes = [_without(after, walks, ids, gone) for gone in (set[str](), mapped, mapped | unclear)]
        rows += _effects(rule, after, homes)
    names = ["unit_level", "unit_id", "indicator", "age_band", *CHANGE_COLUMNS[:2]]
    return pd.DataFrame(rows, columns=names)


def _without(run: RunData, walks: Walks, ids: dict[str, set[str]], gone: Iterable[str]) -> pd.DataFrame:
    """Return the homes with walks to an indicator's targets, some places left out."""
    homes = pd.DataFrame(run.homes)
    for target, own in ids.items():
        left = own - set(gone)
        if left == own:
            continue
        limit_m = float(run.meta["limits_m"][target])
        found = walks.nearest(run.homes, left, max_walk_m=limit_m)
        homes = homes.assign(**{f"m_{target}": found["metres"].to_numpy()})
    return homes


def _effects(rule: CoverageRule, run: RunData, homes: list[pd.DataFrame]) -> list[tuple[object, ...]]:
    labels = {band: (band,) for band in rule.who} | {rule.age_label: rule.who}
    rows: list[tuple[object, ...]] = []
    for level in run.units:
        for label, bands in labels.items():
            whole, no_mapped, neither = (
                value_within(rule, bands, one, run.homes[f"{level}_id"]) for one in homes
            )
            rows += [
                (level, unit, rule.id, label, whole[unit] - no_mapped[unit], no_mapped[unit] - neither[unit])
                for unit in whole.index
            ]
    return rows


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
