from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfspace.facilities.completeness import chapman, completeness


def test_the_estimate_is_the_textbooks() -> None:
    # 30 and 25 listed, 15 on both: 31 x 26 / 16 - 1 = 49.375.
    assert chapman(30, 25, 15)[0] == pytest.approx(49.375)


@given(st.integers(0, 200), st.integers(0, 200), st.data())
def test_there_are_never_fewer_than_are_known(first: int, second: int, data: st.DataObject) -> None:
    both = data.draw(st.integers(0, min(first, second)))
    estimate, low, high = chapman(first, second, both)
    known = first + second - both
    assert estimate >= known - 1e-9
    assert known - 1e-9 <= low <= estimate + 1e-9 <= high + 2e-9


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        in_first, in_second = generator.random(120) < 0.5, generator.random(120) < 0.6
        _, low, high = chapman(int(in_first.sum()), int(in_second.sum()), int((in_first & in_second).sum()))
        held += low <= 120 <= high
    assert 0.92 <= held / 400 <= 0.99


def test_completeness_is_told_by_kind_and_unit() -> None:
    sources = ["osm", "osm+municipal:a.csv", "osm+municipal:a.csv", "municipal:a.csv", "osm"]
    facilities = pd.DataFrame(
        {"kind": ["clinic"] * 4 + ["library"], "district_id": ["1", "1", "1", "1", "1"], "source": sources}
    )
    table = completeness(facilities, by=["kind", "district_id"])
    row = table.loc[("clinic", "1")]
    assert list(table.index) == [("clinic", "1")]
    assert (row["n_osm"], row["n_municipal"], row["n_both"]) == (3, 3, 2)
    assert row["estimate"] == pytest.approx(4 * 4 / 3 - 1)
    assert row["osm_share"] == pytest.approx(3 / row["estimate"])
    assert not row["is_reliable"]
