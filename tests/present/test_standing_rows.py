from __future__ import annotations

from dataclasses import replace

from cfspace.present.messages import catalogue
from cfspace.present.rundata import RunData
from cfspace.present.standing import stand_by_task
from cfspace.present.standing_rows import score_range

SAY = catalogue("zh")


def test_a_range_is_told_with_a_star_where_some_have_none_and_a_dash_where_all(run: RunData) -> None:
    tasks = {t.task: t for t in stand_by_task(run, SAY, level="district")}
    schools = tasks["13"]
    assert score_range(schools, SAY) == f"{schools.low:.1f}–{schools.high:.1f}"
    assert score_range(tasks["18"], SAY) == ""
    assert score_range(tasks["19"], SAY) == "–"
    assert score_range(replace(schools, varied_share=0.5), SAY).endswith(" *")
