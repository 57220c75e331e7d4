"""Reasons in words, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from cfspace.config.rulebook import Text
from cfspace.facilities import KindRules, load_kind_rules


def say(*, en: str, zh: str) -> Text:
    """Return a text in both languages."""
    return Text(en=en, zh=zh)


def joined(parts: Iterable[Text | None]) -> Text | None:
    """Return several texts as one, each once, None where there is none.

    Examples
    --------
    >>> joined([say(en="a", zh="甲"), None, say(en="b", zh="乙")])
    Text(zh='甲；乙', en='a; b')
    """
    told = list(dict.fromkeys(part for part in parts if part is not None))
    if not told:
        return None
    return Text(en="; ".join(part.en for part in told), zh="；".join(part.zh for part in told))


ATTRIBUTES: Final = {
    "amount": "数量",
    "area_m2": "面积",
    "baby_feeding": "哺乳设施",
    "beds": "床位数",
    "capacity": "可容纳人数",
    "children": "儿童数",
    "certified": "儿童友好认证",
    "changing_table": "婴儿护理台",
    "children_area": "儿童区",
    "crossing_island": "安全岛",
    "doctors": "医师数",
    "enrolment": "在园人数",
    "floor_area_m2": "建筑面积",
    "hospital_class": "医院等级",
    "households": "户数",
    "inclusive": "普惠属性",
    "kerb": "路缘坡道",
    "paediatrics": "儿科服务",
    "paediatric_beds": "儿科床位数",
    "paediatric_doctors": "儿科医师数",
    "park_class": "公园类别",
    "pupils": "学生数",
    "residents": "常住人口",
    "seats": "座位数",
    "service_area_m2": "综合服务设施面积",
    "tactile_paving": "盲道",
    "unisex": "男女皆可使用",
    "visitors_per_day": "日均客流量",
    "wheelchair": "无障碍",
    # Items of checklists.
    "accessible_reading": "无障碍阅读",
    "aid": "帮扶",
    "child_basins": "儿童洗手台",
    "child_signs": "儿童标识",
    "child_toilet": "儿童厕位",
    "child_toilets": "儿童厕位",
    "class_yard": "班级活动场地",
    "counselling": "心理咨询",
    "fast_lane": "儿童优先通道",
    "fun_route": "趣味上学路",
    "hygiene": "卫生条件",
    "hygiene_facility": "卫生设施",
    "in_use": "正常使用",
    "learning_facility": "学习设施",
    "mothers_room": "爱心妈咪小屋",
    "natural_materials": "自然材料",
    "nature_play": "自然游戏",
    "nursery_yard": "托班活动场地",
    "parenting": "家庭教育",
    "participation": "儿童参与",
    "privacy": "私密性",
    "recreation": "文体活动",
    "rest_areas": "休息区",
    "rights": "权益保护",
    "safe_route": "安全上学路",
    "safety_inspection": "安全检查",
    "shared_yard": "共用活动场地",
    "training": "培训",
    "waiting_indoor": "室内等候区",
    "waiting_outdoor": "室外等候区",
    "ward_environment": "病房环境",
}
"""What attributes, columns of unit tables and items of checklists are called in Chinese."""

LEVEL_NAMES: Final = {"district": "区县", "street": "街道", "community": "社区", "block": "街坊"}
"""Levels of units in Chinese."""


def attribute_names(names: Iterable[str]) -> Text:
    """Return what attributes or columns are called, with the name that files give them.

    Examples
    --------
    >>> attribute_names(["inclusive", "kerb"])
    Text(zh='普惠属性（inclusive）、路缘坡道（kerb）', en='inclusive, kerb')
    """
    own = list(dict.fromkeys(names))
    zh = [f"{ATTRIBUTES[name]}（{name}）" if name in ATTRIBUTES else name for name in own]
    return Text(zh="、".join(zh), en=", ".join(own))


def kind_name(kind: str) -> Text:
    """Return what a kind of facility is called; a kind without a title is called by its id.

    Examples
    --------
    >>> kind_name("park").zh, kind_name("skate_barn").en
    ('公园', 'skate_barn')
    """
    rules = _kind_rules().kinds
    return Text(**rules[kind].title) if kind in rules else Text(zh=kind, en=kind)


def names_of(kinds: Iterable[str]) -> Text:
    """Return the names of several kinds in one line."""
    told = [kind_name(kind) for kind in kinds]
    return Text(en=", ".join(one.en for one in told), zh="、".join(one.zh for one in told))


@cache
def _kind_rules() -> KindRules:
    return load_kind_rules()
