"""A city's own grid, tied to WGS-84 by control points: the fit, its residuals, and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from cfspace.errors import CrsError, LayerError
from cfspace.io.cells import as_text, read_numbers
from cfspace.io.coordinates import bad_degrees, check_degrees
from cfspace.io.frame import metric_crs
from cfspace.io.reports import Notebook, some_names, some_rows
from cfspace.io.sheets import read_cells

Floats = NDArray[np.float64]

COLUMNS: Final = ("east_m", "north_m", "lon_deg", "lat_deg")
"""Columns of a control-point file: the city's grid, and the same points in WGS-84 degrees."""

MAX_RESIDUAL_M: Final = 2.0
_LEAST_SIMILARITY: Final = 3
_LEAST_AFFINE: Final = 4
_REACH: Final = 3.0
_REACH_M: Final = 20_000.0
# What residuals make of a layer that lies far outside of the points, standard error.
_MAX_DOUBT_M: Final = 10.0
_FAR_QUANTILE: Final = 0.95


@dataclass(frozen=True, eq=False, kw_only=True)
class ControlFit:
    """How a city's grid lies in WGS-84.

    Attributes
    ----------
    kind
        ``similarity`` (shift, turn, scale) where that fits, else ``affine``.
    matrix
        Two rows of three: metres in `crs` = matrix @ (east, north, 1), taken from `middle`.
    middle
        Middle of the control points in the city's grid.
    reach_m
        How far from the middle the points reach.
    lever_m
        What holds the fit against turning: the root of the sum of squared distances from the middle, on the
        short side where the grid may be stretched.
    residuals_m
        How far each point stays off.
    crs
        Metric frame centred on the points.
    """

    kind: Literal["similarity", "affine"]
    matrix: Floats
    middle: tuple[float, float]
    reach_m: float
    lever_m: float
    residuals_m: Floats
    crs: pyproj.CRS

    @cached_property
    def _to_degrees(self) -> pyproj.Transformer:
        return pyproj.Transformer.from_crs(self.crs, 4326, always_xy=True)

    def to_wgs84(self, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
        """Return WGS-84 longitude and latitude of points of the city's grid."""
        moved = _apply(self.matrix, np.column_stack([east_m, north_m]) - self.middle)
        lon_deg, lat_deg = self._to_degrees.transform(moved[:, 0], moved[:, 1])
        return lon_deg, lat_deg

    def check_near(self, east_m: Floats, north_m: Floats, *, where: str) -> None:
        """Refuse points that the control points say nothing about.

        Raises
        ------
        CrsError
            If most lie three times as far out as the control points, and 20 km more; or so far out that
            the residuals leave the farthest in doubt by more than 10 m.
        """
        if not east_m.size:
            return
        away_m = np.hypot(east_m - self.middle[0], north_m - self.middle[1])
        if float(np.median(away_m)) > _REACH * self.reach_m + _REACH_M:
            raise CrsError(
                f"{where}: it lies {np.median(away_m) / 1000:,.0f} km from the middle of the control points, "
                f"which reach {self.reach_m / 1000:,.1f} km; check that both are of one grid, "
                "and which column is east"
            )
        far_m = float(np.quantile(away_m, _FAR_QUANTILE))
        doubt_m = self.doubt_m(far_m)
        if doubt_m > _MAX_DOUBT_M:
            raise CrsError(
                f"{where}: it reaches {far_m / 1000:,.1f} km from the middle of the control points, which "
                f"reach {self.reach_m / 1000:,.2f} km and whose residuals leave positions there in doubt by "
                f"{doubt_m:,.0f} m; give control points spread over the city"
            )

    def doubt_m(self, away_m: float) -> float:
        """Return how far off a point so far from the middle may be, one standard error in metres."""
        n_free = 2 * len(self.residuals_m) - (4 if self.kind == "similarity" else 6)
        sigma_m = float(np.sqrt(np.sum(self.residuals_m**2) / n_free))
        return sigma_m * float(np.hypot(1.0 / np.sqrt(len(self.residuals_m)), away_m / self.lever_m))

    def __str__(self) -> str:
        rms_m = float(np.sqrt(np.mean(self.residuals_m**2)))
        return (
            f"{self.kind} fit to {len(self.residuals_m)} control points: "
            f"residuals {rms_m:.2f} m in the mean, {self.residuals_m.max():.2f} m at most"
        )


def _apply(matrix: Floats, points: Floats) -> Floats:
    moved: Floats = points @ matrix[:, :2].T + matrix[:, 2]
    return moved


def _similarity(grid: Floats, true: Floats) -> Floats:
    """Return the least-squares shift, turn and scale."""
    east, north = grid[:, 0], grid[:, 1]
    one, zero = np.ones(len(grid)), np.zeros(len(grid))
    rows = np.vstack([np.column_stack([east, -north, one, zero]), np.column_stack([north, east, zero, one])])
    a, b, x, y = np.linalg.lstsq(rows, np.concatenate([true[:, 0], true[:, 1]]), rcond=None)[0]
    return np.asarray([[a, -b, x], [b, a, y]], dtype=np.float64)


def _affine(grid: Floats, true: Floats) -> Floats:
    rows = np.column_stack([grid, np.ones(len(grid))])
    return np.asarray(np.linalg.lstsq(rows, true, rcond=None)[0].T, dtype=np.float64)


def _off_m(matrix: Floats, grid: Floats, true: Floats) -> Floats:
    return np.asarray(np.hypot(*(_apply(matrix, grid) - true).T), dtype=np.float64)


def _read(path: Path, notebook: Notebook) -> tuple[Floats, NDArray[np.int64]]:
    raw = read_cells(path, COLUMNS, notebook)
    columns = []
    for name in COLUMNS:
        numbers, bad, _ = read_numbers(raw.cells[name])
        bad = bad | np.isnan(numbers)
        if bad.any():
            found = as_text(raw.cells[name].iloc[int(np.flatnonzero(bad)[0])])
            rows = some_rows(raw.rows[bad].tolist())
            raise LayerError(f"{notebook.where}: {name} = {found!r} in {rows} is not a number; correct it")
        columns.append(numbers)
    return np.column_stack(columns), raw.rows


def _check_spread(grid: Floats, notebook: Notebook) -> None:
    if len(grid) < _LEAST_SIMILARITY:
        raise LayerError(
            f"{notebook.where}: {len(grid)} control points, expected {_LEAST_SIMILARITY} or more; "
            "with fewer nothing shows whether the fit is right"
        )
    if np.ptp(grid, axis=0).max() < 1.0:
        raise LayerError(
            f"{notebook.where}: all control points are one place; give points spread over the city"
        )


def _check_degrees(numbers: Floats, rows: NDArray[np.int64], notebook: Notebook) -> None:
    lon, lat = numbers[:, 2], numbers[:, 3]
    check_degrees(lon, lat, where=notebook.where)
    bad = bad_degrees(lon, lat)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise LayerError(
            f"{notebook.where}: lon_deg, lat_deg = {lon[at]:g}, {lat[at]:g} in "
            f"{some_rows(rows[bad].tolist())} are no WGS-84 degrees; check which is which"
        )


def _check_sides(grid: Floats, true: Floats, notebook: Notebook) -> None:
    """Refuse points on one line: a grid and its mirror image fit them alike."""
    swapped = grid[:, ::-1]
    if _off_m(_similarity(swapped, true), swapped, true).max() <= MAX_RESIDUAL_M:
        raise LayerError(
            f"{notebook.where}: all control points lie on one line, so that nothing shows whether east_m and "
            "north_m are swapped; add a point beside it, as far away as the line is long"
        )


def read_control_points(path: Path) -> ControlFit:
    """Return how a city's own grid lies in WGS-84, from points known in both.

    Parameters
    ----------
    path
        CSV, TSV or Excel with the columns ``east_m, north_m, lon_deg, lat_deg``.

    Returns
    -------
    ControlFit
        A similarity where it fits to 2 m; else an affine, for four points or more.

    Raises
    ------
    LayerError
        If the file is missing or damaged, holds fewer than three points or none beside one line, or fits to
        no better than 2 m.
    CrsError
        If its degrees are metres.
    """
    notebook = Notebook("control points", path)
    if not path.is_file():
        raise LayerError(
            f"{notebook.where}: there is no such file: {path}; correct the datum in the study file"
        )
    numbers, rows = _read(path, notebook)
    _check_spread(numbers[:, :2], notebook)
    _check_degrees(numbers, rows, notebook)
    middle = numbers[:, :2].mean(axis=0)
    grid = numbers[:, :2] - middle
    crs = metric_crs(float(numbers[:, 2].mean()), float(numbers[:, 3].mean()))
    true = np.column_stack(
        pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(numbers[:, 2], numbers[:, 3])
    )
    kind, matrix = _best_fit(grid, true)
    residuals_m = _off_m(matrix, grid, true)
    if residuals_m.max() > MAX_RESIDUAL_M:
        _refuse(grid, true, residuals_m, rows, notebook)
    _check_sides(grid, true, notebook)
    sides_m = np.linalg.svd(grid, compute_uv=False)
    return ControlFit(
        kind=kind,
        matrix=matrix,
        middle=(float(middle[0]), float(middle[1])),
        reach_m=float(np.hypot(grid[:, 0], grid[:, 1]).max()),
        lever_m=float(np.hypot(*sides_m) if kind == "similarity" else sides_m[-1]),
        residuals_m=residuals_m,
        crs=crs,
    )


def _best_fit(grid: Floats, true: Floats) -> tuple[Literal["similarity", "affine"], Floats]:
    similarity = _similarity(grid, true)
    if len(grid) < _LEAST_AFFINE or _off_m(similarity, grid, true).max() <= MAX_RESIDUAL_M:
        return "similarity", similarity
    affine = _affine(grid, true)
    # A mirrored grid has its axes swapped: that is a mistake, no fit.
    fits = np.linalg.det(affine[:, :2]) > 0.0 and _off_m(affine, grid, true).max() <= MAX_RESIDUAL_M
    return ("affine", affine) if fits else ("similarity", similarity)


def _refuse(
    grid: Floats, true: Floats, residuals_m: Floats, rows: NDArray[np.int64], notebook: Notebook
) -> None:
    swapped = grid[:, ::-1]
    if _off_m(_similarity(swapped, true), swapped, true).max() <= MAX_RESIDUAL_M:
        raise LayerError(
            f"{notebook.where}: east_m and north_m are swapped; name the columns the other way round "
            "(surveyors' X points north)"
        )
    worst = np.argsort(-residuals_m, kind="stable")[:5]
    named = some_names(f"row {rows[i]} by {residuals_m[i]:,.1f} m" for i in worst)
    raise LayerError(
        f"{notebook.where}: the points do not fit to {MAX_RESIDUAL_M:g} m ({named}); "
        "correct or remove the wrong ones, and check that lon_deg and lat_deg are WGS-84"
    )


def place_by_control(
    shapes: NDArray[np.object_], path: Path, *, where: str
) -> tuple[NDArray[np.object_], ControlFit]:
    """Return shapes of a city's grid in EPSG:4326, and the fit that placed them.

    Raises
    ------
    LayerError
        If the control points do not fit.
    CrsError
        If the shapes lie far from the control points.
    """
    fit = read_control_points(path)
    bounds = shapely.bounds(shapes)
    fit.check_near((bounds[:, 0] + bounds[:, 2]) / 2.0, (bounds[:, 1] + bounds[:, 3]) / 2.0, where=where)
    placed = shapely.transform(shapes, lambda xy: np.column_stack(fit.to_wgs84(xy[:, 0], xy[:, 1])))
    return np.asarray(placed, dtype=object), fit
