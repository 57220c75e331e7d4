"""A scenario: a study under a plan, compared with the study as it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cfspace.config.rulebook import CoverageRule, Rulebook, Text
from cfspace.config.study import Study
from cfspace.homes.model import CHILDREN
from cfspace.indicators.words import say
from cfspace.io.atomic import atomic_folder
from cfspace.io.cache import Cache, user_cache
from cfspace.io.csv_cells import read_guarded
from cfspace.planning.compare import (
    before_after,
    changed_series,
    fairness_change,
    home_changes,
    paired,
    score_change,
    who_gains,
)
from cfspace.planning.plan import Plan, PlanError, examine_plan
from cfspace.present.rundata import RunData, read_run
from cfspace.rulebooks import load_rulebook
from cfspace.runs import files
from cfspace.runs.city import City
from cfspace.runs.editing import edited_city
from cfspace.runs.finished import Run
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import Measured
from cfspace.runs.remeasuring import Baseline, remeasure
from cfspace.runs.reusing import run_of
from cfspace.runs.run import compute, run
from cfspace.runs.stages import Stages
from cfspace.runs.writing import write_run

WEIGHED = {
    "children": ("children", "儿童人数"),
    "floor_area_m2": ("m2 of floor in every age band", "各年龄段建筑面积合计"),
    "population": ("residents in every age band", "各年龄段居民合计"),
}
"""What the sum over the age bands of homes is called."""


@dataclass(frozen=True)
class ScenarioRun(Run):
    """A finished run of a study under a plan; its folder holds all files of a run, and the comparison.

    Attributes
    ----------
    folder
        Where its files lie.
    """

    @cached_property
    def before_after(self) -> pd.DataFrame:
        """``before_after.csv``: a row per unit, indicator and age band, before and after the plan."""
        return read_guarded(self.folder / "before_after.csv")

    @cached_property
    def gains(self) -> pd.DataFrame:
        """``gains.csv``: children who come within reach, and who fall out of it."""
        return read_guarded(self.folder / "gains.csv")

    @property
    def plan(self) -> dict[str, Any]:
        """The plan in full, with its consequences in both languages."""
        return dict(self.record["plan"])


def scenario(
    study: Study | str | Path,
    plan: str | Path,
    out: str | Path,
    *,
    base: str | Path | None = None,
    lang: str | None = None,
    jobs: int = 1,
    force: bool = False,
    draw: bool = True,
    cache: bool = True,
    stages: Stages | None = None,
) -> ScenarioRun:
    r"""Compute a study under a plan and write what changes, all or nothing.

    Parameters
    ----------
    study
        A study, or the path of its file.
    plan
        A plan file (TOML).
    out
        Folder to make; it appears only when everything is complete.
    base
        Folder of a finished run of the same study; without one, the study is run first.
    lang
        ``zh`` or ``en``: language of everything written; default: the study's.
    jobs
        Searches at a time; changes no byte of the tables.
    force
        Replace a run that is there already.
    draw
        Whether to draw maps, reports and the impact statement; False stops after the tables.
    cache
        Whether inputs may come out of the cache of an earlier run.
    stages
        Told what is being done.

    Returns
    -------
    The finished run.

    Raises
    ------
    PlanError
        If the plan is at fault; all faults are told at once and nothing is written.
    StudyError
        If the study is at fault.
    RunError
        If `base` is not a finished run of this study as it is now.
    OutputError
        If the folder exists and `force` is not given.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace.sample import sample_study
    >>> here = Path(tempfile.mkdtemp())
    >>> edit = 'do = "open_gate"\nat = [125.3050626, 43.894828]'
    >>> _ = (here / "plan.toml").write_text(f'[plan]\nname = "Gate"\n[[edit]]\n{edit}')
    >>> made = scenario(sample_study(), here / "plan.toml", here / "out", draw=False)
    >>> school = made.gains.query("indicator == 'SCH-1' and unit_level == 'district'")
    >>> round(float(school["gaining"].sum())), round(float(school["losing"].sum()))
    (177, 0)
    """
    stages = stages or Stages()
    folder = Path(out)
    with atomic_folder(folder, force=force) as draft:
        known, faults = examine_plan(Path(plan))
        if known is None:
            raise PlanError(str(plan), faults)
        city = load_city(study, stages=stages, cache=cache)
        rulebook = load_rulebook(city.study.study.rulebook)
        kept = user_cache() if cache else Cache(None)
        with stages("plan"):
            edited = edited_city(city, known, rulebook, cache=kept, faults=faults)
        language = lang or city.study.study.language
        with _base(city, rulebook, base, jobs=jobs, cache=cache, stages=stages) as before:
            baseline = Baseline(city=city, run=before, rulebook=rulebook)
            measured = remeasure(baseline, edited.city, jobs=jobs, stages=stages)
            with stages("indicators"):
                scored = compute(measured, lang=language)
            told = (*edited.notes, *_consequences(baseline, measured))
            more = {"plan": _record(known, told, city)}

            def compared(written: Path) -> None:
                with stages("comparison"):
                    _compare(before, read_run(written), rulebook, written)
                    edited.drawn.to_file(written / "edits.geojson", driver="GeoJSON", COORDINATE_PRECISION=7)
                if draw:
                    with stages("statement"):
                        draw_scenario(written, lang=language)

            write_run(
                measured,
                scored,
                draft,
                lang=language,
                draw=draw,
                stages=stages,
                more=more,
                compare=compared,
            )
    return ScenarioRun(folder)


@contextmanager
def _base(
    city: City, rulebook: Rulebook, base: str | Path | None, *, jobs: int, cache: bool, stages: Stages
) -> Iterator[RunData]:
    """Yield the study as it is: a finished run that was given, or one made for the while."""
    if base is not None:
        yield run_of(Path(base), city.study, rulebook)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = run(city.study, Path(folder) / "base", jobs=jobs, draw=False, cache=cache, stages=stages)
        yield made.data


def _record(plan: Plan, told: tuple[Text, ...], city: City) -> dict[str, Any]:
    """Return what ``run.json`` holds of a plan."""
    asked = {str(getattr(edit, "facility", "")) for edit in plan.edits.values()}
    named = city.facilities[city.facilities["facility_id"].isin(asked) & city.facilities["name"].notna()]
    return {
        "name": plan.section.name,
        "file": files.input_record(plan.source, plan.source.parent),
        "content": plan.raw,
        "facilities": dict(zip(named["facility_id"], named["name"], strict=True)),
        "consequences": [{"en": text.en, "zh": text.zh} for text in told],
    }


def _consequences(base: Baseline, after: Measured) -> list[Text]:
    """Tell of homes that a plan cuts off from the streets."""
    city = base.city
    if after.city.network is city.network:
        return []
    feet, now = base.walkers.homes, after.home_feet
    then = np.flatnonzero(feet.has_foot)
    lost = ~now.has_foot[then]
    # What hung together with most of the streets, and does no longer.
    was_main = city.network.component[feet.segment[then]] == 0
    cut_off = was_main & ~lost & (after.city.network.component[now.segment[then]] != 0)
    weights = after.city.homes[list(CHILDREN)].to_numpy(np.float64)[then].sum(axis=1)
    told = []
    for chosen, en, zh in (
        (lost, "no longer find any street within reach", "附近不再有可接入的道路"),
        (cut_off, "are cut off from the rest of the streets", "与其余路网的联系被切断"),
    ):
        if chosen.any():
            n_homes, weight = int(chosen.sum()), float(weights[chosen].sum())
            unit_en, unit_zh = WEIGHED[city.weights]
            told.append(
                say(
                    en=f"{n_homes} homes with {weight:,.0f} {unit_en} {en}",
                    zh=f"{n_homes}处住处（{unit_zh}{weight:,.0f}）{zh}",
                )
            )
    return told


def draw_scenario(folder: Path, *, lang: str) -> None:
    """Draw impact statement (in both languages, `lang` under the plain name) and before/after map."""
    from cfspace.present.change_map import draw_change_map
    from cfspace.present.statement import draw_statement

    for one in ("zh", "en"):
        name = "statement.html" if one == lang else f"statement.{one}.html"
        _write(folder / name, draw_statement(folder, lang=one))
    _write(folder / "before_after.html", draw_change_map(folder, lang=lang))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _compare(before: RunData, after: RunData, rulebook: Rulebook, folder: Path) -> None:
    files.write_csv(before_after(before.coverage, after.coverage), folder / "before_after.csv")
    names = {
        level: dict(zip(units["unit_id"].astype(str), units["unit_name"].astype(str), strict=True))
        for level, units in after.units.items()
    }
    homes = paired(pd.DataFrame(before.homes), pd.DataFrame(after.homes))
    known = [str(one) for one in after.coverage.loc[after.coverage["value"].notna(), "indicator"].unique()]
    files.write_csv(who_gains(rulebook, homes, names, known), folder / "gains.csv")
    walked = [
        rule.id for rule in rulebook.indicator if isinstance(rule, CoverageRule) and rule.id in set(known)
    ]
    states = {one: home_changes(rulebook, homes, one) for one in walked}
    changed = changed_series(states, homes["home_id"])
    changed.to_parquet(folder / "home_changes.parquet", index=False, compression="zstd")
    files.write_csv(score_change(before.scores, after.scores), folder / "score_change.csv")
    if find_spec("inequality") is not None:
        measured = [Run(one.run_dir).fairness() for one in (before, after)]
        files.write_csv(fairness_change(*measured), folder / "fairness_change.csv")
