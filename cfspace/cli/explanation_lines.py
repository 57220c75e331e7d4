"""What ``cfspace explain`` prints: how one number came about, in words and figures."""

from __future__ import annotations

from typing import Final

import numpy as np

from cfspace.config.rulebook import BundleRule, CoverageRule, LandCoverageRule, Reach, Rule, Text
from cfspace.indicators.words import say
from cfspace.runs.explaining import Explanation
from cfspace.runs.judging import UNMEASURED

SHOWN_PLACES = 30
SHOWN_HOMES = 10

WORDS: Final[dict[str, Text]] = {
    "unit": say(en="Unit", zh="单元"),
    "indicator": say(en="Indicator", zh="指标"),
    "meaning": say(en="Meaning", zh="含义"),
    "ages": say(en="Ages", zh="年龄段"),
    "status": say(en="Status", zh="状态"),
    "numerator": say(en="Numerator", zh="分子"),
    "denominator": say(en="Denominator", zh="分母"),
    "value": say(en="Value", zh="数值"),
    "goal": say(en="Goal", zh="目标"),
    "score": say(en="Score", zh="得分"),
    "threshold": say(en="Threshold", zh="阈值"),
    "source": say(en="Source", zh="依据"),
    "confidence": say(en="confidence", zh="可信度"),
    "evidence": say(en="Evidence", zh="设施名录依据"),
    "reason": say(en="Why there is no value", zh="无数据的原因"),
    "caution": say(en="Not known", zh="未知之处"),
    "arithmetic": say(en="Computation", zh="计算"),
    "places": say(en="Facilities that homes of the unit are nearest to", zh="单元内住处最近的设施"),
    "inside": say(en="Facilities of the indicator inside the unit", zh="单元内属于该指标的设施"),
    "counted": say(en="Counted one by one, those that lack most first", zh="逐项计入（缺口大者在前）"),
    "n_homes": say(en="homes", zh="住处"),
    "children": say(en="children", zh="儿童"),
    "floor_area_m2": say(en="m2 of floor area x age bands", zh="平方米建筑面积×年龄段数"),
    "population": say(en="residents x age bands", zh="居民×年龄段数"),
    "within": say(en="within", zh="以内"),
    "nearest": say(en="nearest to", zh="最近于此"),
    "left_out": say(en="Homes left out", zh="未覆盖的住处"),
    "unmeasured": say(
        en="Homes not measured (in neither numerator nor denominator)", zh="未测定的住处（分子分母均不计）"
    ),
    "more": say(en="more", zh="更多"),
    "none": say(en="none", zh="无"),
    "full": say(en="full to", zh="满分至"),
    "zero": say(en="falling to 0 at", zh="递减至 0 于"),
    "credit": say(en="credit", zh="计分"),
    "unknown": say(en="not known", zh="不明"),
    "range": say(en="May lie between", zh="可能范围"),
    "sure": say(en="How sure", zh="可靠程度"),
    "no_cause": say(
        en="not computed, none of the causes of doubt applies to this measure",
        zh="未计算，各不确定性原因均不适用于该方法",
    ),
    "unmoved": say(
        en="the causes that apply move nothing here; others are not computed",
        zh="所适用的原因在此不改变数值；其他原因未计算",
    ),
    "walks": say(en="walking distances", zh="步行距离"),
    "placement": say(en="where in the unit children live", zh="儿童在单元内的分布"),
    "lists": say(en="places that no list has", zh="名录缺漏"),
    "answers": say(en="unknown answers", zh="未知答案"),
    "of_range": say(en="of the range", zh="占范围"),
}


def lines(found: Explanation, lang: str) -> list[str]:
    """Return the explanation, a line at a time."""
    texts = {key: text.in_language(lang) for key, text in WORDS.items()}
    told = [*_head(found, texts, lang), *_figures(found, texts)]
    told += _places(found, texts) if found.homes is not None else _inside(found, texts)
    return told + _counted(found, texts) + _homes(found, texts)


def _head(found: Explanation, texts: dict[str, str], lang: str) -> list[str]:
    row, rule = found.row, found.rule
    head = [
        f"{texts['unit']}: {row['unit_name']} ({row['unit_level']} {row['unit_id']})",
        f"{texts['indicator']}: {rule.id} {rule.title.in_language(lang)}",
        f"{texts['meaning']}: {rule.meaning.in_language(lang)}",
        f"{texts['ages']}: {row['age_band']}",
        f"{texts['status']}: {row['status']}",
    ]
    head += [f"{texts['threshold']}: {line}" for line in _thresholds(rule, texts)]
    head.append(
        f"{texts['source']}: {rule.source.in_language(lang)} ({texts['confidence']}: {rule.confidence})"
    )
    head += [f"{texts['evidence']}: {row['evidence']}"] if row["evidence"] else []
    head += [f"{texts['reason']}: {found.reason[lang]}"] if found.reason else []
    return head + ([f"{texts['caution']}: {found.caution[lang]}"] if found.caution else [])


def _thresholds(rule: Rule, texts: dict[str, str]) -> list[str]:
    if isinstance(rule, CoverageRule | BundleRule):
        return [_reach(way, texts) for way in rule.ways()]
    return [_reach(way, texts) for way in rule.reach] if isinstance(rule, LandCoverageRule) else []


def _reach(way: Reach, texts: dict[str, str]) -> str:
    zero = f", {texts['zero']} {way.zero_m:g} m" if way.zero_m is not None else ""
    part = f", {texts['credit']} {way.credit:g}" if way.credit != 1.0 else ""
    ages = f" ({', '.join(way.who)})" if way.who else ""
    return f"{way.target}{ages}: {texts['full']} {way.full_m:g} m{zero}{part}"


def _figures(found: Explanation, texts: dict[str, str]) -> list[str]:
    row, rule = found.row, found.rule
    unknown = texts["unknown"]
    told = [
        f"{texts['numerator']}: {_number(row['numerator'], unknown)}",
        f"{texts['denominator']}: {_number(row['denominator'], unknown)}",
        f"{texts['value']}: {_number(row['value'], unknown)} {row['value_unit']}",
    ]
    if rule.goal is not None:
        told.append(f"{texts['goal']}: {rule.goal:g} ({rule.goal_basis})")
        told.append(f"{texts['score']}: {_number(row['score'], unknown)}")
    told += [f"{texts['arithmetic']}: {line}" for line in found.arithmetic]
    return told + _doubts(found, texts)


def _doubts(found: Explanation, texts: dict[str, str]) -> list[str]:
    """Tell the range of the value, and what each cause makes of it."""
    low, high = (float(found.row[name]) for name in ("value_low", "value_high"))
    if not np.isfinite(low):
        return [f"{texts['sure']}: {texts['no_cause']}"] if np.isfinite(float(found.row["value"])) else []
    still = f" ({texts['unmoved']})" if low == high else ""
    told = [f"{texts['range']}: {low:.6g} - {high:.6g}{still}"]
    for one in found.causes.to_dict("records"):
        part = f" ({one['share']:.0%} {texts['of_range']})" if np.isfinite(float(one["share"])) else ""
        told.append(f"  {texts[one['cause']]}: {one['value_low']:.6g} - {one['value_high']:.6g}{part}")
    return told


def _number(value: float, unknown: str) -> str:
    return f"{value:.10g}" if np.isfinite(value) else unknown


def _places(found: Explanation, texts: dict[str, str]) -> list[str]:
    weight = texts[found.weights]
    told = [f"{texts['places']}: {len(found.places)}"]
    for one in found.places.head(SHOWN_PLACES).itertuples(index=False):
        name = one.name if isinstance(one.name, str) else one.facility_id
        told.append(
            f"  {one.target!s}  {name!s} [{one.facility_id!s}]  {one.nearest_m:.0f}-{one.farthest_m:.0f} m; "
            f"{texts['nearest']}: {one.n_homes} {texts['n_homes']}, {one.children:.1f} {weight}; "
            f"{texts['within']} {one.full_m:g} m: {one.n_within} {texts['n_homes']}, "
            f"{one.children_within:.1f} {weight}"
        )
    return told + _and_more(len(found.places) - SHOWN_PLACES, texts)


def _inside(found: Explanation, texts: dict[str, str]) -> list[str]:
    told = [f"{texts['inside']}: {len(found.places)}"]
    extra = [name for name in found.places.columns if name not in ("target", "facility_id", "name", "source")]
    for row in found.places.head(SHOWN_PLACES).to_dict("records"):
        name = str(row["name"] if isinstance(row["name"], str) else row["facility_id"])
        facts = ", ".join(f"{key} {_fact(row[key], texts)}" for key in extra if key != "kind")
        told.append(f"  {row['target']}  {name} [{row['facility_id']}]  {facts}".rstrip())
    return told + _and_more(len(found.places) - SHOWN_PLACES, texts)


def _counted(found: Explanation, texts: dict[str, str]) -> list[str]:
    """Tell what each thing of the unit adds to numerator and denominator."""
    table = found.counted
    if table is None:
        return []
    told = [f"{texts['counted']}: {len(table)} (counted.parquet)"]
    for one in table.head(SHOWN_PLACES).to_dict("records"):
        parts = [
            f"{texts[name]} {float(one[name]):.6g}"
            for name in ("numerator", "denominator", "credit", "unknown")
            if np.isfinite(float(one[name]))
        ]
        called = f"{one['name']} [{one['id']}]" if one["id"] else ""
        place = f"{one['lon_deg']:.6f}, {one['lat_deg']:.6f}"
        told.append(f"  {one['of']} {one['row']}  {called}  ({place})  {', '.join(parts)}")
    return told + _and_more(len(table) - SHOWN_PLACES, texts)


def _fact(value: object, texts: dict[str, str]) -> str:
    if isinstance(value, float):
        return _number(value, texts["unknown"])
    return texts["unknown"] if value is None else str(value)


def _homes(found: Explanation, texts: dict[str, str]) -> list[str]:
    out = found.left_out
    if out is None:
        return []
    weight, is_lost = texts[found.weights], out["why"] == UNMEASURED
    asked = [str(name) for name in out.columns if str(name).startswith("m_")]
    told = []
    for key, homes in (("left_out", out[~is_lost]), ("unmeasured", out[is_lost])):
        told.append(f"{texts[key]}: {len(homes)} ({homes['children'].sum():.1f} {weight})")
        for row in homes.head(SHOWN_HOMES).to_dict("records"):
            walks = ", ".join(f"{name.removeprefix('m_')} {_walk(row[name])}" for name in asked)
            told.append(f"  {row['home_id']!s}  {row['children']:.1f} {weight}  {walks}")
        told += _and_more(len(homes) - SHOWN_HOMES, texts)
    return told


def _walk(metres: float) -> str:
    return f"{metres:.0f} m" if not np.isnan(metres) else "-"


def _and_more(n_more: int, texts: dict[str, str]) -> list[str]:
    return [f"  ... {n_more} {texts['more']}"] if n_more > 0 else []
