"""``cfspace site``: where the next places would help most."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cfspace.cli import console
from cfspace.cli.console import checked_language
from cfspace.errors import ParameterError

if TYPE_CHECKING:
    from cfspace.runs.siting import Sited

KINDS_HELP = "Kind to build, such as childcare; may be given several times."


def parsed_numbers(option: str, texts: Sequence[str], kinds: Sequence[str]) -> dict[str, float]:
    """Return numbers by kind; a bare number counts for every kind.

    Examples
    --------
    >>> parsed_numbers("--cost", ["library=20", "3"], ["library", "childcare"])
    {'library': 20.0, 'childcare': 3.0}
    """
    found: dict[str, float] = {}
    for text in texts:
        kind, mark, number = text.rpartition("=")
        if mark and kind not in kinds:
            raise ParameterError(f"{option}: {kind!r} is none of the kinds to build; use {', '.join(kinds)}")
        try:
            value = float(number)
        except ValueError as error:
            raise ParameterError(
                f"{option}: {text!r} holds no number; write KIND=NUMBER or NUMBER"
            ) from error
        if not (math.isfinite(value) and value >= 0):
            raise ParameterError(f"{option}: {number} makes no sense; give a number from 0")
        for own in [kind] if mark else [one for one in kinds if one not in found]:
            found[own] = value
    return {kind: found[kind] for kind in kinds if kind in found}


def parsed_texts(option: str, texts: Sequence[str], kinds: Sequence[str]) -> dict[str, str]:
    """Return texts by kind; with one kind its name may be left out.

    Examples
    --------
    >>> parsed_texts("--indicator", ["LIB-1"], ["library"])
    {'library': 'LIB-1'}
    """
    found = {}
    for text in texts:
        kind, mark, value = text.partition("=")
        if not mark and len(kinds) == 1:
            kind, value = kinds[0], text
        if kind not in kinds or not value:
            raise ParameterError(f"{option}: {text!r} does not fit; write KIND=VALUE with {', '.join(kinds)}")
        found[kind] = value
    return found


def parsed_attributes(texts: Sequence[str], kinds: Sequence[str]) -> dict[str, dict[str, float | str]]:
    """Return attributes of new places by kind.

    Examples
    --------
    >>> parsed_attributes(["park.area_m2=6000"], ["park"])
    {'park': {'area_m2': 6000.0}}
    """
    found: dict[str, dict[str, float | str]] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        kind, dot, attribute = name.partition(".")
        if not mark or not dot or kind not in kinds or not attribute or not value:
            raise ParameterError(
                f"--with: {text!r} does not fit; write KIND.ATTRIBUTE=VALUE, such as park.area_m2=6000"
            )
        try:
            found.setdefault(kind, {})[attribute] = float(value)
        except ValueError:
            found.setdefault(kind, {})[attribute] = value
    return found


def site(
    study: Annotated[Path, typer.Argument(help="Study file (TOML).", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder to make.", show_default=False)],
    kind: Annotated[list[str], typer.Option("--kind", help=KINDS_HELP, show_default=False)],
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, help="How many, of all kinds together; default 5, or as a budget allows."),
    ] = None,
    run: Annotated[Path | None, typer.Option("--run", help="A finished run of this study.")] = None,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            help="max_coverage, cover_all, p_median, capacity or worst_first; see the documentation.",
        ),
    ] = "max_coverage",
    budget: Annotated[float | None, typer.Option("--budget", min=0, help="What all may cost.")] = None,
    cost: Annotated[
        list[str] | None, typer.Option("--cost", help="KIND=NUMBER, where a candidate has no cost; else 1.")
    ] = None,
    capacity: Annotated[
        list[str] | None, typer.Option("--capacity", help="KIND=NUMBER of children that a new one holds.")
    ] = None,
    known_capacity: Annotated[
        list[str] | None, typer.Option("--known-capacity", help="The same for places whose own is not known.")
    ] = None,
    importance: Annotated[
        list[str] | None, typer.Option("--importance", help="KIND=NUMBER, what a child of its ages counts.")
    ] = None,
    spacing: Annotated[
        float, typer.Option("--spacing", min=0, help="Least metres between places of a kind.")
    ] = 0.0,
    limit: Annotated[
        float | None, typer.Option("--limit", min=1, max=5000, help="For p_median: how far walks count.")
    ] = None,
    indicator: Annotated[
        list[str] | None, typer.Option("--indicator", help="KIND=ID of the indicator to go by.")
    ] = None,
    like: Annotated[
        list[str] | None, typer.Option("--with", help="KIND.ATTRIBUTE=VALUE of new places.")
    ] = None,
    candidates: Annotated[
        Path | None, typer.Option("--candidates", help="Layer of plots, buildings or points.")
    ] = None,
    datum: Annotated[
        str, typer.Option("--datum", help="Of that layer: wgs84, gcj02, bd09 or a control-point file.")
    ] = "wgs84",
    at: Annotated[
        str | None, typer.Option("--at", help="Build in places of this kind, such as community_centre.")
    ] = None,
    street_step: Annotated[
        float | None, typer.Option("--street-step", min=20, help="Points along streets so far apart.")
    ] = None,
    alternatives: Annotated[int, typer.Option("--alternatives", min=0, help="How many for each site.")] = 3,
    preview: Annotated[bool, typer.Option("--preview", help="Greedy instead of exact.")] = False,
    time_limit: Annotated[
        float, typer.Option("--time-limit", min=1, help="Seconds for an exact choice; then the best known.")
    ] = 60.0,
    lang: Annotated[str | None, typer.Option("--lang", help="zh or en; default: the study's.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Searches at a time.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Replace a result that is there already.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say what is being done.")] = False,
) -> None:
    """Find where the next places would help most children."""
    from cfspace.planning.siting.ask import SiteOptions
    from cfspace.planning.siting.problem import checked_model
    from cfspace.runs.candidates import Where, candidates_file
    from cfspace.runs.siting_files import site as choose_sites

    console.set_up_logging(verbose=verbose)
    kinds = list(kind)
    if sum(one is not None for one in (candidates, at, street_step)) > 1:
        raise ParameterError("--candidates, --at, --street-step: give one of them")
    options = SiteOptions(
        n=n if n is not None or budget is not None or model == "cover_all" else 5,
        model=checked_model(model),
        budget=budget,
        costs=parsed_numbers("--cost", cost or [], kinds),
        capacities=parsed_numbers("--capacity", capacity or [], kinds),
        known_capacities=parsed_numbers("--known-capacity", known_capacity or [], kinds),
        importance=parsed_numbers("--importance", importance or [], kinds),
        spacing_m=spacing,
        limit_m=limit,
        preview=preview,
        time_limit_s=time_limit,
        n_alternatives=alternatives,
    )
    found = choose_sites(
        study,
        kinds,
        out,
        options=options,
        where=Where(
            layer=None if candidates is None else candidates_file(candidates, datum=datum),
            at=at,
            step_m=street_step,
        ),
        indicators=parsed_texts("--indicator", indicator or [], kinds),
        attributes=parsed_attributes(like or [], kinds),
        base=run,
        lang=checked_language(lang),
        jobs=jobs,
        force=force,
        stages=console.stages(verbose=verbose),
    )
    _tell(found, out)


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
