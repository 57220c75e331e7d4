"""How complete lists are, and what places that none of them has would serve."""

from __future__ import annotations

import numpy as np
import pytest

from cfspace.config.rulebook import Uncertainty
from cfspace.indicators.completeness import chance_of_missing, kind_completeness


def test_how_complete_a_kind_is() -> None:
    doubt = Uncertainty(municipal_completeness=0.9, osm_completeness=0.5)
    evidence = {"a": "municipal_complete", "b": "municipal", "c": "osm"}
    found = kind_completeness("abcd", evidence, {"a": 0.3, "c": 0.6}, doubt)
    assert found == {"a": 1.0, "b": 0.9, "c": 0.6, "d": 0.5}


def test_the_chance_of_missing_places_is_that_of_a_poisson_process() -> None:
    """Places at random on a ring of homes: known and missing ones alike."""
    rng = np.random.default_rng(7)
    home, reach, n_known, n_missing = np.linspace(0, 1, 500), 0.02, 20, 10
    served, gained = [], []
    for _ in range(300):
        known, missing = rng.random(rng.poisson(n_known)), rng.random(rng.poisson(n_missing))
        near = [_near(home, places, reach) for places in (known, missing)]
        served.append(near[0].mean())
        gained.append((near[1] & ~near[0]).sum() / max((~near[0]).sum(), 1))
    expected = chance_of_missing(float(np.mean(served)), n_known / (n_known + n_missing))
    assert np.mean(gained) == pytest.approx(expected, abs=0.02)


def _near(home: np.ndarray, places: np.ndarray, reach: float) -> np.ndarray:
    apart = np.abs(home[:, None] - places[None, :])
    return (np.minimum(apart, 1 - apart) <= reach).any(axis=1)
