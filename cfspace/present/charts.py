"""Charts for notebooks and slides, by matplotlib: each function takes runs and returns a figure.

They need the extra ``charts``. Nothing here touches pyplot or its settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from cfspace.config.bands import BANDS
from cfspace.errors import ParameterError
from cfspace.present.choropleth import series_table, series_title
from cfspace.present.curves import cumulative, gini, lorenz_points
from cfspace.present.figures import score_colour
from cfspace.present.messages import catalogue
from cfspace.present.palettes import HATCH_GROUND, HATCH_LINE
from cfspace.present.plotting import name_axes, new_figure, shortened, with_font
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import unit_weights, weights_of
from cfspace.present.wording import band_label, is_share, target_label, task_label, unit_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Finished(Protocol):
    """A finished run, as `cfspace.run` and `cfspace.open_run` return it."""

    @property
    def data(self) -> RunData:
        """Everything read back from its folder."""


AnyRun: TypeAlias = RunData | Finished
"""A run, or what was read of it."""

BAND_COLOURS = ("#1c2f7c", "#2878b0", "#4fb3bf", "#bf4420", "#6b1a10")
BAND_STROKES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))
"""Colour and stroke of each age band: told apart in grey print too."""


def _data(run: AnyRun) -> RunData:
    return run if isinstance(run, RunData) else run.data


MOST_PLOTTED = 40
"""Units that fit one chart."""


def level_to_plot(run: RunData, indicator: str) -> str:
    """Return the finest level of few enough units at which an indicator has values; else the coarsest."""
    rows = run.coverage[(run.coverage["indicator"] == indicator) & (run.coverage["status"] == "ok")]
    judged = set(rows["unit_level"])
    fitting = [name for name, units in run.units.items() if name in judged and len(units) <= MOST_PLOTTED]
    return [next(iter(run.units)), *fitting][-1]


def ladder_of_units(run: AnyRun, indicator: str, *, level: str, lang: str | None = None) -> Figure:
    """Return the units of a level by the value of an indicator, with intervals and the goal.

    Parameters
    ----------
    run
        A finished run.
    indicator
        Its id, for example ``SCH-1``; the row of all its age bands is drawn.
    level
        ``district``, ``street``, ``community`` or ``block``.
    lang
        ``zh`` or ``en``; default: the run's.

    Returns
    -------
    The figure. A unit without a value is named and has no mark.

    Raises
    ------
    ParameterError
        If the run has no such indicator or level, or no font has the characters.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    With `run` a finished run of the sample study:

    >>> ladder_of_units(run, "SCH-1", level="street", lang="en").axes[0].get_title(loc="left")
    'SCH-1 Primary school reach'
    """
    run = _data(run)
    say, row = catalogue(lang or run.language), _series(run, indicator)
    rows = _rows(run, row, level).sort_values(["value", "unit_id"], na_position="first", kind="stable")
    scale = 100.0 if is_share(row.value_unit) else 1.0
    values = rows["value"].to_numpy(dtype=np.float64) * scale
    figure = new_figure(6.4, 1.2 + 0.26 * len(rows))
    axes = figure.add_subplot()
    spread = np.vstack([values - rows["value_low"] * scale, rows["value_high"] * scale - values])
    bars = np.nan_to_num(spread.clip(min=0))
    axes.errorbar(
        values, np.arange(len(rows)), xerr=bars, fmt="o", color="#1d2733", ecolor="#7d868e", capsize=2.5
    )
    if np.isfinite(row.goal):
        axes.axvline(float(row.goal) * scale, color="#bf4420", linestyle="--", linewidth=1)
    axes.set_yticks(np.arange(len(rows)), [shortened(name) for name in rows["unit_name"]])
    unit = "%" if scale == 100.0 else unit_label(say, row.value_unit)
    name_axes(axes, f"{indicator} {series_title(run, row, say.lang)}", unit, "")
    axes.grid(axis="x", color="#e4e8eb")
    return with_font(figure)


def lorenz(run: AnyRun, indicator: str, *, level: str, lang: str | None = None) -> Figure:
    r"""Return the Lorenz curve of an indicator over the units of a level, weighted by their children.

    The further the curve sags below the diagonal, the less evenly what the indicator counts is
    shared; the Gini index stands in the title.

    Parameters
    ----------
    run, indicator, level, lang
        As for `ladder_of_units`.

    Raises
    ------
    ParameterError, MissingExtraError
        As `ladder_of_units`.

    Examples
    --------
    With `run` a finished run of the sample study:

    >>> lorenz(run, "SCH-1", level="street", lang="en").axes[0].get_title(loc="left")
    'SCH-1 Primary school reach\nGini ...'
    """
    run = _data(run)
    say, row = catalogue(lang or run.language), _series(run, indicator)
    rows = _rows(run, row, level).dropna(subset=["value"])
    weights = np.nan_to_num(np.asarray(rows["unit_id"].map(unit_weights(run, level)), dtype=np.float64))
    people, share = lorenz_points(rows["value"].to_numpy(dtype=np.float64), weights)
    figure = new_figure(4.6, 4.6)
    axes = figure.add_subplot()
    axes.plot([0, 100], [0, 100], color="#7d868e", linestyle="--", linewidth=1)
    axes.plot(people * 100, share * 100, color="#1c2f7c", linewidth=2)
    axes.fill_between(people * 100, share * 100, people * 100, color="#a8d8b0", alpha=0.5)
    title = f"{indicator} {series_title(run, row, say.lang)}"
    name_axes(
        axes, f"{title}\nGini {gini(people, share):.2f}", say("chart.people_share"), say("chart.value_share")
    )
    axes.set_aspect("equal")
    return with_font(figure)


def walks_by_age(run: AnyRun, target: str, *, lang: str | None = None) -> Figure:
    """Return which share of each age band reaches a target within how many metres.

    Parameters
    ----------
    run
        A finished run.
    target
        A target of the rulebook or a kind.
    lang
        ``zh`` or ``en``; default: the run's.

    Raises
    ------
    ParameterError
        If the run has no walks to the target, or no font has the characters.
    MissingExtraError
        If matplotlib is not installed.

    Examples
    --------
    With `run` a finished run of the sample study:

    >>> [line.get_label() for line in walks_by_age(run, "library", lang="en").axes[0].lines][:2]
    ['ages 0–2', 'ages 3–5']
    """
    run = _data(run)
    if f"m_{target}" not in run.homes:
        known = ", ".join(sorted(c[2:] for c in map(str, run.homes.columns) if c.startswith("m_")))
        raise ParameterError(f"target: the run has no walks to {target!r}; use one of {known}")
    say = catalogue(lang or run.language)
    figure = new_figure(6.4, 4.2)
    axes = figure.add_subplot()
    metres = run.homes[f"m_{target}"].to_numpy(dtype=np.float64)
    # Where weights are not children all bands weigh alike, and one line says all.
    bands: Iterable[str] = BANDS if run.are_children else ("",)
    for band, colour, stroke in zip(bands, BAND_COLOURS, BAND_STROKES, strict=False):
        weight = weights_of(run, (band,) if band else BANDS)
        x, y = cumulative(metres, weight)
        label = band_label(say, band)
        axes.plot(
            x, y * 100, color=colour, linestyle=stroke, linewidth=1.8, label=label, drawstyle="steps-post"
        )
    axes.set_xlim(0, float((run.meta.get("limits_m") or {}).get(target, 3000.0)))
    axes.set_ylim(0, 100)
    axes.legend(frameon=False, loc="lower right")
    name_axes(axes, target_label(say, target, run.rulebook), say("chart.metres"), say("chart.reached"))
    axes.grid(color="#e4e8eb")
    return with_font(figure)


def before_and_after(
    before: AnyRun, after: AnyRun, indicator: str, *, level: str, lang: str | None = None
) -> Figure:
    """Return how the value of an indicator changed in each unit between two runs.

    Units are matched by their ids; one that only one run knows is left out.

    Parameters
    ----------
    before, after, indicator, level, lang
        As for `ladder_of_units`.

    Raises
    ------
    ParameterError, MissingExtraError
        As `ladder_of_units`.

    Examples
    --------
    With `run` a finished run of the sample study:

    >>> len(before_and_after(run, run, "SCH-1", level="street").axes[0].lines)
    6
    """
    before, after = _data(before), _data(after)
    say, row = catalogue(lang or after.language), _series(after, indicator)
    tables = [_rows(run, _series(run, indicator), level).set_index("unit_id") for run in (before, after)]
    both = tables[1].index.intersection(tables[0].index)
    scale = 100.0 if is_share(row.value_unit) else 1.0
    figure = new_figure(4.8, 5.2)
    axes = figure.add_subplot()
    for unit in both:
        ends = [float(table.loc[unit, "value"]) * scale for table in tables]
        colour = "#1c2f7c" if ends[1] >= ends[0] else "#bf4420"
        stroke = "-" if ends[1] >= ends[0] else "--"
        axes.plot([0, 1], ends, color=colour, linestyle=stroke, marker="o", markersize=4, linewidth=1.2)
        if np.isfinite(ends[1]):
            axes.annotate(
                shortened(str(tables[1].loc[unit, "unit_name"])), (1.03, ends[1]), fontsize=8, va="center"
            )
    axes.set_xticks([0, 1], [str(run.study.get("snapshot", "")) for run in (before, after)])
    axes.set_xlim(-0.1, 1.5)
    unit_text = "%" if scale == 100.0 else unit_label(say, row.value_unit)
    name_axes(axes, f"{indicator} {series_title(after, row, say.lang)}", "", unit_text)
    return with_font(figure)


def tasks_side_by_side(run: AnyRun, *, level: str, lang: str | None = None) -> Figure:
    """Return a small map per task, coloured by score; a unit without a score is hatched.

    Parameters
    ----------
    run, level, lang
        As for `ladder_of_units`.

    Raises
    ------
    ParameterError, MissingExtraError
        As `ladder_of_units`.

    Examples
    --------
    With `run` a finished run of the sample study:

    >>> len(tasks_side_by_side(run, level="street", lang="en").axes)
    9
    """
    run = _data(run)
    say = catalogue(lang or run.language)
    units = _units(run, level)
    scores = run.scores[run.scores["unit_level"] == level].set_index("unit_id").reindex(units["unit_id"])
    names = [task_label(say, task, run.rulebook) for task in run.tasks]
    n_columns = min(5, len(names))
    n_rows = -(-len(names) // n_columns)
    figure = new_figure(2.3 * n_columns, 2.5 * n_rows)
    for k, (task, name) in enumerate(zip(run.tasks, names, strict=True)):
        axes = figure.add_subplot(n_rows, n_columns, k + 1)
        values = scores[f"task_{task}"].to_numpy(dtype=np.float64)
        colours = [score_colour(v) if np.isfinite(v) else HATCH_GROUND for v in values]
        units.plot(ax=axes, color=colours, edgecolor="#39434d", linewidth=0.4)
        if np.isnan(values).any():
            hatched = units[np.isnan(values)]
            hatched.plot(ax=axes, facecolor="none", edgecolor=HATCH_LINE, hatch="////", linewidth=0.3)
        axes.set_title(name, fontsize=10)
        axes.set_axis_off()
    return with_font(figure)


def _series(run: RunData, indicator: str) -> Any:
    table = series_table(run)
    mine = table[(table["indicator"] == indicator) & table["headline"]]
    if mine.empty:
        known = ", ".join(dict.fromkeys(table["indicator"].astype(str)))
        raise ParameterError(f"indicator: the run has no {indicator!r}; use one of {known}")
    return next(mine.itertuples())


def _units(run: RunData, level: str) -> Any:
    if level not in run.units:
        raise ParameterError(f"level: the run has no {level!r}; use one of {', '.join(run.units)}")
    return run.units[level]


def _rows(run: RunData, row: Any, level: str) -> pd.DataFrame:
    _units(run, level)
    rows = run.coverage
    mine = (rows["indicator"] == row.indicator) & (rows["age_band"] == row.age_band)
    found: pd.DataFrame = rows.loc[mine & (rows["unit_level"] == level)]
    return found
