"""Homes: demand points with children, from buildings, polygons, points or rasters."""

from __future__ import annotations

from cfspace.homes.build import build_homes
from cfspace.homes.model import CHILDREN, Homes

__all__ = ["CHILDREN", "Homes", "build_homes"]
