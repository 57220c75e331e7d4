"""Searches along the walk network: distances, routes, isochrones, catchments."""
