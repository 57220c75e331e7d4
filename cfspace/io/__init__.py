"""Reading what cities hand over: OpenStreetMap, municipal layers, tables and rasters."""
