"""The sample study that ships with the project: a synthetic town."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from cfspace.errors import LayerError


def sample_study() -> Path:
    """Return the study file of the sample town, from the checkout or the installed package.

    Raises
    ------
    LayerError
        If the sample was left out of the installation.

    Examples
    --------
    >>> sample_study().name
    'study.toml'
    """
    package = Path(str(resources.files("cfspace")))
    places = (package / "data" / "sample" / "study.toml", package.parent / "data" / "sample" / "study.toml")
    for place in places:
        if place.is_file():
            return place
    raise LayerError(f"sample study: not found at {places[0]}; install cfspace again")
