"""``cfspace site``: where the next places would help most."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cfspace.cli import console
from cfspace.cli import siting_options as asked
from cfspace.cli.by_kind import parsed_attributes, parsed_numbers, parsed_texts
from cfspace.cli.options import BaseRun, ForceResult, Language, OutFolder, StudyFile, Verbose
from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from cfspace.runs.candidates import Where
    from cfspace.runs.siting import Sited


def site(
    study: StudyFile,
    out: OutFolder,
    kind: asked.Kinds,
    n: asked.HowMany = None,
    run: BaseRun = None,
    model: asked.Model = "max_coverage",
    budget: asked.Budget = None,
    cost: asked.Costs = None,
    capacity: asked.Capacities = None,
    known_capacity: asked.KnownCapacities = None,
    importance: asked.Importance = None,
    spacing: asked.Spacing = 0.0,
    limit: asked.Limit = None,
    indicator: asked.Indicators = None,
    like: asked.Attributes = None,
    candidates: asked.Candidates = None,
    datum: asked.CandidatesDatum = "wgs84",
    at: asked.InPlacesOf = None,
    street_step: asked.StreetStep = None,
    alternatives: asked.Alternatives = 3,
    preview: asked.Preview = False,
    time_limit: asked.TimeLimit = 60.0,
    lang: Language = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Searches at a time.")] = 1,
    force: ForceResult = False,
    verbose: Verbose = False,
) -> None:
    """Find where the next places would help most children."""
    from cfspace.planning.siting.ask import SiteOptions
    from cfspace.planning.siting.problem import checked_model
    from cfspace.runs.siting_files import site as choose_sites

    console.set_up_logging(verbose=verbose)
    options = SiteOptions(
        n=_how_many(n, budget, model),
        model=checked_model(model),
        budget=budget,
        costs=parsed_numbers("--cost", cost, kind),
        capacities=parsed_numbers("--capacity", capacity, kind),
        known_capacities=parsed_numbers("--known-capacity", known_capacity, kind),
        importance=parsed_numbers("--importance", importance, kind),
        spacing_m=spacing,
        limit_m=limit,
        preview=preview,
        time_limit_s=time_limit,
        n_alternatives=alternatives,
    )
    found = choose_sites(
        study,
        kind,
        out,
        options=options,
        where=_where(candidates, datum=datum, at=at, step_m=street_step),
        indicators=parsed_texts("--indicator", indicator, kind),
        attributes=parsed_attributes(like, kind),
        base=run,
        lang=console.checked_language(lang),
        jobs=jobs,
        force=force,
        stages=console.stages(verbose=verbose),
    )
    _tell(found, out)


def _how_many(n: int | None, budget: float | None, model: str) -> int | None:
    """Return how many places to build at most; None where a budget or the model decides."""
    return n if n is not None or budget is not None or model == "cover_all" else 5


def _where(layer: Path | None, *, datum: str, at: str | None, step_m: float | None) -> Where:
    from cfspace.runs.candidates import Where, candidates_file

    if sum(one is not None for one in (layer, at, step_m)) > 1:
        raise ParameterError("--candidates, --at, --street-step: give one of them")
    return Where(layer=None if layer is None else candidates_file(layer, datum=datum), at=at, step_m=step_m)


def _tell(found: Sited, out: Path) -> None:
    unit = console.WEIGHED[found.city.weights]
    for row in found.result.sites.to_dict("records"):
        name = f" {row['name']}" if row["name"] else ""
        added = f"+{row['children_added']:,.0f} {unit}"
        console.out.print(
            f"{row['site_id']:<8} {row['kind']:<18} {added}  {row['candidate_id']}{name}", markup=False
        )
    for row in found.result.totals.to_dict("records"):
        before, after, every = (f"{row[key]:,.0f}" for key in ("served_before", "served_after", "children"))
        words = f"{row['kind']} ({row['indicator']}): {before} of {every} {unit} served before, {after} after"
        console.out.print(words, markup=False)
    solution = found.result.solution
    console.out.print("proven best" if solution.is_exact else _gap_words(solution.gap), markup=False)
    console.out.print(f"written      {out}", markup=False)


def _gap_words(gap: float) -> str:
    if not math.isfinite(gap):
        return "not proven best; how much better another choice could be is not known"
    return f"not proven best; another choice could be better by {gap:.2%} at the most"
