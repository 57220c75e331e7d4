from __future__ import annotations

import pandas as pd
import shapely

from cfspace.facilities.records import frame_of, join, unique_ids
from tests.facilities.places import CRS


def test_a_column_of_numbers_here_and_words_there_becomes_text() -> None:
    columns = {"kind": ["library"], "source": ["municipal:a.csv"]}
    one = frame_of({**columns, "facility_id": ["library/a"], "seats": [40.0]}, [shapely.Point(0, 0)], CRS)
    other = frame_of({**columns, "facility_id": ["library/b"], "seats": ["许多"]}, [shapely.Point(9, 0)], CRS)
    assert join([other, one], CRS)["seats"].tolist() == ["40.0", "许多"]
    assert pd.api.types.is_float_dtype(join([one, one], CRS)["seats"])


def test_repeats_of_an_id_are_numbered() -> None:
    assert unique_ids(["a", "b", "a", "a"]) == ["a", "b", "a#2", "a#3"]


def test_a_frame_has_every_column_even_when_nothing_is_known() -> None:
    frame = frame_of({"facility_id": ["park/1"], "kind": ["park"]}, [shapely.Point(0, 0)], CRS)
    assert frame["capacity"].isna().all()
    assert frame["wheelchair"].isna().all()
    assert frame.crs == CRS
