"""``cfspace scenario`` and ``cfspace trend``."""

from __future__ import annotations

from pathlib import Path

from cfspace.cli import console


def run_scenario(
    study: Path,
    plan: Path,
    out: Path,
    *,
    base: Path | None,
    lang: str | None,
    jobs: int,
    force: bool,
    draw: bool,
    cache: bool,
    verbose: bool,
) -> None:
    """Run a study under a plan, and say what follows and where the results are."""
    from cfspace.runs.scenario import scenario

    console.set_up_logging(verbose=verbose)
    made = scenario(
        study,
        plan,
        out,
        base=base,
        lang=lang,
        jobs=jobs,
        force=force,
        draw=draw,
        cache=cache,
        stages=console.stages(verbose=verbose),
    )
    language = lang or made.data.language
    for told in made.plan["consequences"]:
        console.out.print(f"! {told[language]}", markup=False)
    console.tell_scenario(out)


def run_trend(runs: list[Path], out: Path, *, lang: str | None, force: bool) -> None:
    """Compare finished runs and say where the results are."""
    from cfspace.runs.trend import trend

    made = trend(runs, out, lang=lang, force=force)
    counts = made.facilities["change"].value_counts()
    told = ", ".join(f"{n} {name}" for name, n in counts.items()) or "none came or went"
    console.out.print(f"places: {told}", markup=False)
    console.tell_trend(out)
