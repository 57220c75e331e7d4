"""The audits: what inspectors saw at places and in units, as yes, no or not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sample.files import write_csv
from sample.frame import dice
from sample.placing import Placed
from sample.units import Unit, communities, street_offices

ANSWERS = ("是", "否", "不详")


@dataclass(frozen=True, slots=True)
class Checklist:
    """One checklist: its file, the kind of place or level of unit it is about, its items, how often met."""

    file: str
    subject: str
    items: dict[str, tuple[str, float]]


CHECKLISTS = (
    Checklist("学校检查.csv", "primary_school", {
        "fun_route": ("趣味学径", 0.3), "safe_route": ("安全学径", 0.55)}),
    Checklist("幼儿园检查.csv", "kindergarten", {
        "class_yard": ("班级场地达标", 0.7), "shared_yard": ("共用场地达标", 0.6),
        "nursery_yard": ("托班场地达标", 0.4)}),
    Checklist("校外场所检查.csv", "youth_place", {"in_use": ("正常开放使用", 0.8)}),
    Checklist("图书馆清单.csv", "library", {
        "children_area": ("少儿区", 0.6), "child_toilet": ("儿童厕位", 0.35),
        "accessible_reading": ("无障碍阅读", 0.3)}),
    Checklist("医院检查.csv", "hospital", {
        "fast_lane": ("儿童绿色通道", 0.5), "waiting_indoor": ("室内儿童候诊区", 0.6),
        "waiting_outdoor": ("室外儿童活动区", 0.25), "ward_environment": ("儿童病房环境", 0.5)}),
    Checklist("公园检查.csv", "park", {
        "children_area": ("儿童活动区", 0.5), "nature_play": ("自然游戏", 0.3),
        "natural_materials": ("天然材料", 0.3), "safety_inspection": ("安全检查", 0.7)}),
    Checklist("母婴室检查.csv", "nursing_room", {"privacy": ("私密", 0.85), "hygiene": ("卫生", 0.7)}),
    Checklist("爱心妈咪小屋.csv", "employer", {"mothers_room": ("爱心妈咪小屋", 0.5)}),
    Checklist("儿童之家服务.csv", "children_home", {
        "training": ("培训", 0.5), "counselling": ("心理辅导", 0.4), "rights": ("权益维护", 0.5),
        "parenting": ("家庭教育", 0.6), "aid": ("帮扶", 0.5), "recreation": ("文体活动", 0.8),
        "participation": ("儿童参与", 0.4)}),
    Checklist("社区检查.csv", "community", {
        "learning_facility": ("学习设施", 0.6), "hygiene_facility": ("卫生设施", 0.7)}),
    Checklist("街区检查.csv", "street", {
        "child_signs": ("儿童标识", 0.4), "child_toilets": ("儿童厕位", 0.4),
        "child_basins": ("儿童洗手台", 0.35), "rest_areas": ("休憩区", 0.6)}),
)  # fmt: skip
LEVELS: dict[str, Sequence[Unit]] = {"community": communities(), "street": street_offices()}


def write_checklists(folder: Path, placed: Sequence[Placed]) -> None:
    """Write every checklist; of one place in ten nothing is said at all."""
    for checklist in CHECKLISTS:
        chance = dice(f"checklist {checklist.file}")
        titles = [title for title, _ in checklist.items.values()]
        if checklist.subject in LEVELS:
            column = {"community": "社区代码", "street": "街道代码"}[checklist.subject]
            header, subjects = [column], [unit.code for unit in LEVELS[checklist.subject]]
        else:
            header, subjects = ["名称"], _names(checklist.subject, placed)
            subjects = [name for name in subjects if chance.random() > 0.1] or subjects
        rows = [[subject, *_answers(checklist, chance)] for subject in subjects]
        write_csv(folder / checklist.file, [*header, *titles], rows, encoding="utf-8-sig")


def _names(kind: str, placed: Sequence[Placed]) -> list[str]:
    open_ones = [
        p.place for p in placed if kind in p.kinds and p.place.status == "open" and p.name == p.place.name
    ]
    return [place.official_name for place in open_ones if place.listed]


def _answers(checklist: Checklist, chance: Random) -> list[str]:
    found = []
    for _, share in checklist.items.values():
        unknown, met = chance.random() < 0.12, chance.random() < share
        found.append(ANSWERS[2] if unknown else ANSWERS[0] if met else ANSWERS[1])
    return found
