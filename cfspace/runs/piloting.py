"""Pilot candidates of a finished run: ranked, and written with a sheet of evidence for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cfspace.errors import ParameterError
from cfspace.io.atomic import atomic_folder
from cfspace.planning.pilots import load_weights, rank_pilots, weights_record
from cfspace.present.pilots import draw_pilots
from cfspace.present.rundata import RunData, read_run
from cfspace.present.shortfalls import unit_weights
from cfspace.runs.files import versions, write_csv, write_json


def pilots(
    run: str | Path,
    out: str | Path | None = None,
    *,
    weights: str | Path | None = None,
    most: int = 3,
    lang: str | None = None,
    force: bool = False,
) -> pd.DataFrame:
    """Rank the units of a finished run as pilot candidates, level by level.

    Where the study counted no children, units are ranked by what its homes weigh instead, residential floor
    area or all residents; table, page and record say so.

    Parameters
    ----------
    run
        Folder of a finished run.
    out
        Folder to write into, all or nothing: ``pilots.csv``, ``pilots.html`` with an evidence sheet for each
        candidate, ``pilots.json`` with the weights; None: nowhere.
    weights
        A file of weights (TOML); default: those that ship with cfspace.
    most
        How many candidates of each level get a sheet.
    lang
        ``zh`` or ``en``; default: the run's.
    force
        Replace an earlier result.

    Returns
    -------
    The ranking, as `cfspace.rank_pilots` gives it.

    Raises
    ------
    RunError
        If the folder is not a finished run.
    ParameterError
        If the weights are at fault, or `most` is below 1.
    OutputError
        If the folder exists and `force` is not given.

    Examples
    --------
    >>> import cfspace, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> run = cfspace.run(cfspace.sample_study(), folder, draw=False)
    >>> ranking = pilots(run.folder)
    >>> ranking.query("unit_level == 'street' and rank == 1")["unit_name"].tolist()
    ['自由街道']
    """
    if most < 1:
        raise ParameterError(f"--most: {most} makes no sense; give a number from 1")
    chosen = load_weights(weights)
    data = read_run(Path(run))
    ranking = rank_pilots(_sized(data), data.coverage, weights=chosen)
    if out is None:
        return ranking
    language = lang or data.language
    with atomic_folder(Path(out), force=force) as draft:
        write_csv(ranking, draft / "pilots.csv")
        html = draw_pilots(data, ranking, chosen, lang=language, most=most)
        (draft / "pilots.html").write_text(html, encoding="utf-8", newline="\n")
        record = {
            "cfspace": versions()["cfspace"],
            "language": language,
            "study": data.study,
            "homes_weigh": data.weights_kind,
            "weights": weights_record(chosen),
        }
        write_json(record, draft / "pilots.json")
        (draft / ".cfspace").write_text("pilots\n", encoding="utf-8", newline="\n")
    return ranking


def _sized(run: RunData) -> pd.DataFrame:
    """Return the scores of a run with what its homes weigh, where that is not children."""
    if run.are_children:
        return run.scores
    sums = {level: unit_weights(run, level) for level in run.units}
    keys = zip(run.scores["unit_level"], run.scores["unit_id"], strict=True)
    own = [float(sums[level].get(unit, np.nan)) for level, unit in keys]
    return run.scores.assign(homes_weigh=run.weights_kind, weight=np.nan_to_num(own))
