from __future__ import annotations

import numpy as np
import pytest

from cfspace.present.curves import gini, lorenz_points


def test_equal_shares_have_no_inequality() -> None:
    assert gini(*lorenz_points(np.full(4, 0.3), np.arange(1.0, 5.0))) == pytest.approx(0.0)


def test_all_with_one_of_two_is_half() -> None:
    assert gini(*lorenz_points(np.array([0.0, 1.0]), np.ones(2))) == pytest.approx(0.5)


def test_nothing_at_all_is_not_an_error() -> None:
    people, share = lorenz_points(np.zeros(2), np.zeros(2))
    assert np.isfinite(people).all()
    assert np.isfinite(share).all()
