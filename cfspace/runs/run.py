"""A run: one study computed by one rulebook, as a folder."""

from __future__ import annotations

from pathlib import Path

from cfspace.config.study import Study
from cfspace.indicators import COVERAGE_COLUMNS, evaluate_with_causes
from cfspace.io.atomic import atomic_folder
from cfspace.present.tiles import Tiles
from cfspace.ranges import city_weights, task_ranges
from cfspace.ranks import rank_intervals
from cfspace.rulebooks import load_rulebook
from cfspace.runs.finished import Run
from cfspace.runs.loading import load_city
from cfspace.runs.measuring import Measured, measure
from cfspace.runs.provenance import Computed
from cfspace.runs.stages import Stages
from cfspace.runs.writing import write_run
from cfspace.scores import score, told_notes, told_reasons


def run(
    study: Study | str | Path,
    out: str | Path,
    *,
    lang: str | None = None,
    jobs: int = 1,
    force: bool = False,
    draw: bool = True,
    cache: bool = True,
    tiles: Tiles | None = None,
    stages: Stages | None = None,
) -> Run:
    """Compute a study and write its run folder, all or nothing.

    Parameters
    ----------
    study
        A study, or the path of its file.
    out
        Folder to make; it appears only when the run is complete.
    lang
        ``zh`` or ``en``: language of everything written; default: the study's.
    jobs
        Searches at a time; changes no byte of the tables.
    force
        Replace a run that is there already.
    draw
        Whether to draw map, service areas, report and spreadsheet; False stops after the tables.
    cache
        Whether inputs may come out of the cache of an earlier run; changes no byte of the results.
    tiles
        An online background of the map, off until a reader switches it on
        (`cfspace.present.tiles.tiles_of`).
    stages
        Told what is being done.

    Returns
    -------
    The finished run.

    Raises
    ------
    StudyError
        If the study or what it points to is at fault; nothing is written.
    OutputError
        If the folder exists and `force` is not given.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace.sample import sample_study
    >>> finished = run(sample_study(), Path(tempfile.mkdtemp()) / "sample", draw=False)
    >>> finished.scores["unit_level"].value_counts(sort=False).to_dict()
    {'district': 2, 'street': 6, 'community': 18}
    """
    stages = stages or Stages()
    folder = Path(out)
    with atomic_folder(folder, force=force) as draft:
        city = load_city(study, stages=stages, cache=cache)
        language = lang or city.study.study.language
        measured = measure(city, load_rulebook(city.study.study.rulebook), jobs=jobs, stages=stages)
        with stages("indicators"):
            scored = compute(measured, lang=language)
        write_run(measured, scored, draft, lang=language, draw=draw, tiles=tiles, stages=stages)
    return Run(folder)


def compute(measured: Measured, *, lang: str) -> Computed:
    """Evaluate the rulebook for a measured city."""
    seen = measured.for_measures()
    found = evaluate_with_causes(measured.rulebook, seen, lang=lang)
    rows = found.rows
    scores = score(measured.rulebook, seen, rows)
    return Computed(
        coverage=rows[list(COVERAGE_COLUMNS)],
        scores=scores,
        causes=found.causes,
        ranks=rank_intervals(measured.rulebook, scores, rows, found.causes),
        ranges=task_ranges(measured.rulebook, scores, rows, found.causes, weights=city_weights(seen)),
        completeness=dict(seen.completeness),
        reasons=told_reasons(rows),
        cautions=told_notes(rows),
        counted=found.counted,
        land=seen.residential,
    )
