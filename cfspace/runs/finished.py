"""A finished run: what its folder holds, read when it is asked for."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from cfspace.config.cards import card
from cfspace.config.rulebook import Rulebook
from cfspace.io.atomic import atomic_file
from cfspace.present.rundata import RunData, read_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cfspace.runs.explaining import Explanation

SHOWN_UNITS = 30
"""Units that a run shows of itself in a notebook, at the coarsest level."""


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes
    ----------
    folder
        Where its files lie.
    """

    folder: Path

    @cached_property
    def data(self) -> RunData:
        """Everything read back from the folder."""
        return read_run(self.folder)

    @property
    def coverage(self) -> pd.DataFrame:
        """``coverage.csv``: a row per unit, indicator and age band."""
        return self.data.coverage

    @property
    def scores(self) -> pd.DataFrame:
        """``scores.csv``: a row per unit."""
        return self.data.scores

    @property
    def uncertainty(self) -> pd.DataFrame:
        """``uncertainty.csv``: how far each value may be off, a row per cause."""
        return self.data.uncertainty

    @property
    def ranks(self) -> pd.DataFrame:
        """``ranks.csv``: how sure the rank of each unit is."""
        return self.data.ranks

    @property
    def task_ranges(self) -> pd.DataFrame:
        """``task_ranges.csv``: how sure the score of each task is, in the whole city and in each unit."""
        return self.data.task_ranges

    @property
    def homes(self) -> gpd.GeoDataFrame:
        """Homes with their metres to every target, EPSG:4326."""
        return self.data.homes

    @property
    def facilities(self) -> gpd.GeoDataFrame:
        """Facilities, EPSG:4326."""
        return self.data.facilities

    @property
    def entrances(self) -> gpd.GeoDataFrame:
        """Where the walk to each facility ends, EPSG:4326."""
        return self.data.entrances

    @property
    def segments(self) -> gpd.GeoDataFrame:
        """The walk network with what is known of each street, EPSG:4326."""
        return self.data.segments

    @cached_property
    def trips(self) -> pd.DataFrame:
        """``trips.parquet``: each home's shortest way to school in figures."""
        return pd.read_parquet(self.folder / "trips.parquet")

    @cached_property
    def minutes(self) -> pd.DataFrame:
        """``minutes.parquet``: the lived view, by ``home_id``; no part of the scores."""
        return pd.read_parquet(self.folder / "minutes.parquet")

    @property
    def units(self) -> dict[str, gpd.GeoDataFrame]:
        """Unit polygons with scores by level, EPSG:4326."""
        return self.data.units

    @property
    def record(self) -> dict[str, Any]:
        """``run.json``: versions, inputs, limits, counts, timings."""
        return self.data.meta

    def explain(
        self, unit: str, indicator: str, *, level: str | None = None, age_band: str | None = None
    ) -> Explanation:
        """Return how the value of an indicator in a unit came about.

        Parameters
        ----------
        unit
            Id of a unit, or its name.
        indicator
            Id of an indicator, such as ``LIB-1``.
        level
            The unit's level, where several have a unit of that name.
        age_band
            A band of the indicator; default: all of them together.

        Raises
        ------
        RunError
            If the run has no such unit, indicator or age band, or several units fit.
        """
        from cfspace.runs.explaining import explain

        return explain(self.data, unit, indicator, level=level, age_band=age_band)

    def left_out(self) -> pd.DataFrame:
        """Return homes beyond an indicator's full distance, those with most children first.

        Returns
        -------
        ``indicator, metres, full_m, weight`` (children, or what else homes weigh), ``home_id, lon_deg,
        lat_deg`` and the name of the unit at each level. Homes that were not measured are not listed.
        """
        from cfspace.present.shortfalls import homes_left_out

        return homes_left_out(self.data, most=None)

    def fairness(self) -> pd.DataFrame:
        """Return how unequally children share the walk: `cfspace.fairness.fairness`.

        Raises
        ------
        MissingExtraError
            If the extra ``stats`` is not installed.
        """
        from cfspace.fairness import fairness

        book = Rulebook.model_validate(self.data.rulebook)
        limits_m = self.record["limits_m"]
        return fairness(book, self.homes, self.coverage, limits_m=limits_m, levels=tuple(self.units))

    def lived_view(self, *, within_min: float = 10.0) -> pd.DataFrame:
        """Return how long children walk, summer and winter side by side: `cfspace.lived.lived_view`.

        Parameters
        ----------
        within_min
            Minutes that count as near.

        Returns
        -------
        A row per unit, age band and target; no part of the scores.
        """
        from cfspace.lived import lived_view

        units = {level: pd.DataFrame(frame[["unit_id"]]) for level, frame in self.units.items()}
        return lived_view(self.homes, self.minutes, units, within_min=within_min)

    def hot_spots(
        self, indicator: str, *, within_m: float = 150.0, least: float | None = None, most_m: float = 1000.0
    ) -> gpd.GeoDataFrame:
        """Return where many children that a coverage leaves out live close together, as named areas.

        Parameters
        ----------
        indicator
            Id of a coverage indicator, such as ``SCH-1``.
        within_m
            Homes this near to each other, straight, belong together.
        least
            Children left out near a home that make it the core of an area; default 50, or 1 % of all left out
            where homes do not weigh children.
        most_m
            Areas wider than this are cut.

        Returns
        -------
        Polygons in EPSG:4326, most children first: ``rank``, ``name``, ``children`` left out and their
        ``share`` of all left out, ``n_homes``, ``nearest_m`` and more, told in
        `cfspace.present.hot_areas.hot_spots`.

        Raises
        ------
        RunError
            If the run has no such coverage indicator, or no value of it anywhere.
        ParameterError
            If a number is not above 0.
        """
        from cfspace.present.hot_areas import hot_spots

        return hot_spots(self.data, indicator, within_m=within_m, least=least, most_m=most_m)

    def map(self, *, height_px: int = 600) -> MapView:
        """Return the map; a notebook shows it in place, with no network and no server.

        It is drawn now where the run was made without, and then shows no service areas.

        Parameters
        ----------
        height_px
            How high it is shown.
        """
        path = self.folder / "map.html"
        if not path.is_file():
            from cfspace.present.maps import draw_map

            with atomic_file(path) as draft:
                page = draw_map(self.folder, lang=self.data.language)
                draft.write_text(page, encoding="utf-8", newline="\n")
        return MapView(path, height_px)

    def plot(self, indicator: str, *, level: str | None = None, lang: str | None = None) -> Figure:
        """Return the units by the value of an indicator, with intervals and the goal.

        Parameters
        ----------
        indicator
            Its id, such as ``SCH-1``.
        level
            ``district``, ``street``, ``community`` or ``block``; default: the finest level of at most 40
            units at which the indicator is judged.
        lang
            ``zh`` or ``en``; default: the run's.

        Raises
        ------
        ParameterError
            If the run has no such indicator or level, or no font has the characters.
        MissingExtraError
            If matplotlib is not installed.
        """
        from cfspace.present.charts import ladder_of_units, level_to_plot

        return ladder_of_units(
            self.data, indicator, level=level or level_to_plot(self.data, indicator), lang=lang
        )

    def _repr_html_(self) -> str:
        facts = {
            "folder": self.folder.name,
            "snapshot": self.data.study.get("snapshot"),
            "rulebook": self.data.rulebook.get("name"),
            "homes": len(self.homes),
            "facilities": len(self.facilities),
            "weights": self.data.weights_kind,
        }
        top = self.scores[self.scores["unit_level"] == next(iter(self.units))]
        table = top.to_html(
            index=False, float_format=lambda value: f"{value:.1f}", na_rep="–", max_rows=SHOWN_UNITS
        )
        return card(str(self.data.study.get("name", "")), facts, more=table)


@dataclass(frozen=True)
class MapView:
    """The map of a run, to be looked at in a notebook.

    Attributes
    ----------
    path
        The page.
    height_px
        How high it is shown.
    """

    path: Path
    height_px: int

    def _repr_html_(self) -> str:
        page = html.escape(self.path.read_text(encoding="utf-8"))
        style = f"width:100%;height:{self.height_px}px;border:0"
        return f'<iframe srcdoc="{page}" style="{style}" title="{self.path.name}"></iframe>'


def open_run(folder: str | Path) -> Run:
    """Open a finished run.

    Parameters
    ----------
    folder
        What `run` or ``cfspace run --out`` made.

    Returns
    -------
    The run; its tables and layers are read when they are asked for.

    Raises
    ------
    RunError
        If the folder is not a finished run.

    Examples
    --------
    >>> import tempfile
    >>> from cfspace import run, sample_study
    >>> folder = Path(tempfile.mkdtemp()) / "sample"
    >>> made = run(sample_study(), folder, draw=False)
    >>> open_run(folder).scores.equals(made.scores)
    True
    """
    opened = Run(Path(folder))
    _ = opened.data
    return opened
