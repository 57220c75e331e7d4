"""The page of ``cfspace check --html``: what was found about a study, in one file with no outside request."""

from __future__ import annotations

from importlib import resources
from typing import Any, Final

from cfspace.present.offline import refuse_outside
from cfspace.runs.datums import NOT_COMPARED

SHOWN_REASONS: Final = 4
WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("数据检查", "Input check"),
    "faults": ("错误（须先改正）", "Faults, to be mended first"),
    "no_fault": ("没有发现错误，可以运行。", "No fault found; the study can run."),
    "n_faults": ("处错误", "fault(s)"),
    "datums": ("坐标系可能有误", "Datums that may be wrong"),
    "warnings": ("提示", "Notes"),
    "layers": ("输入数据", "Inputs"),
    "layer": ("图层", "Layer"),
    "file": ("文件", "File"),
    "rows": ("行数", "Rows"),
    "kept": ("采用", "Kept"),
    "dropped": ("舍弃", "Left out"),
    "declared": ("声明的坐标系", "Datum declared"),
    "better": ("更吻合的坐标系", "Fits better"),
    "not_compared": ("无从核对", "nothing to compare with"),
    "done": ("处理说明", "What was done"),
    "network": ("步行路网", "Walk network"),
    "length_km": ("总长（公里）", "Length (km)"),
    "n_segments": ("路段", "Segments"),
    "n_components": ("互不连通的部分", "Parts not joined"),
    "largest_share": ("最大部分占比", "Share of the largest"),
    "n_islands": ("孤岛", "Islands"),
    "n_dead_ends": ("断头路", "Dead ends"),
    "n_near_misses": ("疑似未接上", "Near-misses"),
    "known_shares": ("标签已知比例（按长度）", "Street tags known, by length"),
    "sidewalk": ("人行道", "sidewalk"),
    "lit": ("路灯", "lighting"),
    "surface": ("路面", "surface"),
    "maxspeed": ("限速", "speed limit"),
    "crossing": ("过街形式", "kind of crossing"),
    "homes": ("住处", "Homes"),
    "weights": ("权重", "weighed by"),
    "units": ("统计单元", "Units"),
    "completeness": ("设施与完整度", "Facilities and completeness"),
    "kind": ("类别", "Kind"),
    "count": ("数量", "Count"),
    "evidence": ("依据", "Evidence"),
    "n_osm": ("OSM 内", "In OSM"),
    "n_municipal": ("名录内", "On lists"),
    "n_both": ("两者皆有", "On both"),
    "estimate": ("估计总数（95% 区间）", "Estimate (95 % interval)"),
    "osm_share": ("OSM 完整度", "OSM holds"),
    "municipal_share": ("名录完整度", "Lists hold"),
    "unreliable": ("两者皆有的不足 7 处，估计不可靠", "fewer than 7 on both: not reliable"),
    "m_away": ("米", "m away"),
}
"""Word to Chinese and English."""


def draw_check(findings: dict[str, Any], *, lang: str) -> str:
    """Return the page.

    Parameters
    ----------
    findings
        As `cfspace.runs.examining.check` returns them.
    lang
        ``zh`` or ``en``: the language of labels; messages are in English.

    Raises
    ------
    OutsideAddressError
        If the page would ask a host for something.
    """
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = lambda share: "" if share is None else f"{share:.0%}"
    environment.filters["count"] = lambda value: "" if value is None else f"{value:,.0f}"
    text = resources.files("cfspace.cli").joinpath("check.html.j2").read_text(encoding="utf-8")
    column = 0 if lang == "zh" else 1
    html = environment.from_string(text).render(
        lang="zh-CN" if lang == "zh" else "en",
        words={word: both[column] for word, both in WORDS.items()},
        found=findings,
        name=findings.get("name", findings["study"]),
        done=done_to,
        not_compared=NOT_COMPARED,
    )
    refuse_outside(html, page="check.html")
    return html


def done_to(layer: dict[str, Any]) -> list[str]:
    """Return in words what reading did to a layer, the most frequent first."""
    done = []
    for key, n_all, word in (("left_out", "dropped", "left out"), ("mended", "n_repaired", "repaired")):
        shown = layer[key][:SHOWN_REASONS]
        done += [f"{one['count']} {word}: {one['reason']} ({_rows(one)})" for one in shown]
        n_more = layer[n_all] - sum(one["count"] for one in shown)
        if n_more:
            done.append(f"{n_more} more {word}, for other reasons (rows in the JSON)")
    is_told = any("text read as" in note for note in layer["notes"])
    if layer["encoding"] not in (None, "utf-8") and not is_told:
        done.append(f"text read as {layer['encoding']}")
    if layer["filtered"]:
        done.insert(0, f"{layer['filtered']} not asked for (where)")
    return [*done, *layer["notes"]]


def _rows(one: dict[str, Any]) -> str:
    more = ", ..." if one["count"] > len(one["rows"]) else ""
    return f"{'row' if one['count'] == 1 else 'rows'} {', '.join(map(str, one['rows']))}{more}"
