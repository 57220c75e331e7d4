"""Many studies, on one machine or on a Dask cluster."""
