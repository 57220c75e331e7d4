"""The part of a report that tells what a plan does, where the run is one of a plan."""

from __future__ import annotations

import math
from typing import Any

from cfspace.errors import RunError
from cfspace.planning.compare import ANY
from cfspace.present.impact import (
    SMALLEST_CHANGE,
    Impact,
    edit_text,
    indicator_title,
    moved_indicators,
    read_impact,
)
from cfspace.present.messages import Catalogue
from cfspace.present.rundata import RunData
from cfspace.present.shortfalls import unit_weights
from cfspace.present.standing import top_level, weighted_mean
from cfspace.present.wording import number, percent, task_label

MOST_SERVICES = 8
PAGES = (("statement.html", "plan.statement"), ("before_after.html", "plan.map"))
"""Pages beside the report that tell more, and what they are called."""


def plan_part(run: RunData, say: Catalogue) -> dict[str, Any] | None:
    """Return what the report tells of a plan; None where the run is of no plan.

    Raises
    ------
    RunError
        If the run is of a plan and what it changes is not there.
    """
    if not run.meta.get("plan"):
        return None
    impact = read_impact(run.run_dir)
    totals = impact.totals()
    anybody = totals.reindex([ANY]).astype("float64").fillna(0.0).sum()
    services = moved_indicators(totals)
    return {
        "name": str(impact.plan["name"]),
        "edits": [edit_text(impact, edit, say) for edit in impact.edits],
        "who": say(f"impact.who_{run.weights_kind}"),
        "gaining": _count(say, float(anybody["gaining"])),
        "losing": _count(say, float(anybody["losing"])),
        "children": _count(say, float(anybody["children"])),
        "tasks": _tasks(impact, say),
        "services": [
            {
                "name": f"{name} {indicator_title(impact, str(name), say)}",
                "before": _share(say, row["served_before"], row["children"]),
                "after": _share(say, row["served_after"], row["children"]),
                "gaining": _count(say, row["gaining"]),
                "losing": _count(say, row["losing"]),
            }
            for name, row in services.head(MOST_SERVICES).iterrows()
        ],
        "more": max(0, len(services) - MOST_SERVICES),
        "consequences": [told[say.lang] for told in impact.plan["consequences"]],
        "pages": [(file, say(key)) for file, key in PAGES if (run.run_dir / file).is_file()],
    }


def _count(say: Catalogue, value: float) -> str:
    return number(say, value if value >= SMALLEST_CHANGE else 0.0)


def _share(say: Catalogue, part: float, whole: float) -> str:
    return percent(say, part / whole, digits=1) if whole > 0 else "–"


def _tasks(impact: Impact, say: Catalogue) -> list[dict[str, str]]:
    """Return the score of each task over the coarsest level before and after, each by its own children."""
    run = impact.run
    level = top_level(run)
    table = impact.scores().query("unit_level == @level").set_index("unit_id")
    then = impact.by_unit(level).set_index("unit_id")["children"].reindex(table.index)
    now = unit_weights(run, level).reindex(table.index)
    if not len(table):
        raise RunError(f"{run.run_dir}: score_change.csv tells nothing of {level}; run the plan again")
    names = {"overall": say("task.overall")}
    names |= {f"task_{task}": task_label(say, task, run.rulebook) for task in run.tasks}
    rows = []
    for column, name in names.items():
        before = weighted_mean(table[f"{column}_before"], then)
        after = weighted_mean(table[f"{column}_after"], now)
        rows.append(
            {
                "name": name,
                "before": _score(say, before),
                "after": _score(say, after),
                "change": _change(say, after - before),
            }
        )
    return rows


def _score(say: Catalogue, value: float) -> str:
    return number(say, value, digits=1) if math.isfinite(value) else say("report.no_score")


def _change(say: Catalogue, value: float) -> str:
    """Return a change with its sign; a dash where there is none to speak of, or none is known."""
    if not abs(value) >= 0.05:
        return "–"
    return f"{'+' if value > 0 else '−'}{number(say, abs(value), digits=1)}"
