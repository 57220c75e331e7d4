from __future__ import annotations

from pathlib import Path

import pytest

from cfspace.errors import LayerError
from cfspace.facilities.kinds import KindRules, load_kind_rules
from tests.facilities.places import kinds_of, square

DESIGN_KINDS = (
    "primary_school",
    "junior_school",
    "senior_school",
    "kindergarten",
    "childcare",
    "library",
    "bookcase",
    "clinic",
    "hospital",
    "paediatric_hospital",
    "park",
    "playground",
    "pitch",
    "square",
    "nursing_room",
    "venue",
    "children_home",
    "community_centre",
    "youth_place",
    "museum",
    "sports_centre",
    "toilet",
    "bus_stop",
    "rail_station",
    "gate",
    "crossing",
)


def test_every_kind_of_the_vocabulary_has_a_rule_and_two_titles(rules: KindRules) -> None:
    assert set(DESIGN_KINDS) <= set(rules.public_kinds)
    assert all(set(kind.title) == {"en", "zh"} for kind in rules.kinds.values())


def test_kinds_named_by_kinds_exist_and_come_first(rules: KindRules) -> None:
    seen: list[str] = []
    for name, kind in rules.kinds.items():
        assert set(kind.unless) <= set(seen)
        assert {*kind.not_inside, *kind.stands_for} <= set(rules.kinds)
        seen.append(name)


SCHOOL_NAMES = {
    "长春市第一小学": ["primary_school"],
    "实验小学校": ["primary_school"],
    "师大附小": ["primary_school"],
    "第十一中学": ["junior_school"],
    "七十二中": ["junior_school"],
    "东北师范大学附属中学": ["junior_school"],
    "师大附中附属小学": ["primary_school"],
    "红旗初级中学": ["junior_school"],
    "第十一高中": ["senior_school"],
    "省实验高级中学": ["senior_school"],
    "朝鲜族完全中学": ["junior_school", "senior_school"],
    "力旺九年一贯制学校": ["junior_school", "primary_school"],
    "明德十二年制学校": ["junior_school", "primary_school", "senior_school"],
    "华南师范大学附属龙岗大运学校": ["school"],
    "新东方培训学校": [],
    "小天才辅导中心": [],
    "安顺驾校": [],
    "深圳信息职业技术学院": [],
    "吉林大学": [],
    "C.E.I.P. Gran Canaria": ["kindergarten", "primary_school"],
    "C. E. I. P. Las Torres": ["kindergarten", "primary_school"],
    "I.E.S La Isleta": ["junior_school", "senior_school"],
    "IES Siete Palmas": ["junior_school", "senior_school"],
    "CEO Omayra Sánchez": ["junior_school", "kindergarten", "primary_school"],
    "Colegio Salesianos": ["primary_school"],
    "Escuela de Flamenco Ana Padilla": [],
    "EOI Siete Palmas": [],
    "Springfield Elementary School": ["primary_school"],
    "Hill Junior High School": ["junior_school"],
    "Hill High School": ["senior_school"],
    "幸福幼儿园": ["kindergarten"],
    "长春市第一〇三中学": ["junior_school"],
    "长春103中": ["junior_school"],
    "一〇三中": ["junior_school"],
    "二中心小学": ["primary_school"],
    "新立城小学生态校区": ["primary_school"],
    "长春市第四职业中学": ["senior_school"],
    "新东方双语学校": ["school"],
    "春蕾小学生托管中心": [],
    "小学生校外教育中心": [],
    "翰墨书法学校": [],
    "实验小学家属院": [],
    "实验幼儿园家属楼": [],
    "第一小学宿舍": [],
    "小学路": [],
    "第二小学（旧址）": [],
    "第二小学（在建）": [],
}


@pytest.mark.parametrize(("name", "kinds"), SCHOOL_NAMES.items())
def test_the_name_of_a_school_tells_its_level(rules: KindRules, name: str, kinds: list[str]) -> None:
    assert kinds_of(rules, {"amenity": "school", "name": name}) == kinds


def test_the_level_tag_wins_over_the_name(rules: KindRules) -> None:
    tags = {"amenity": "school", "name": "第一小学", "isced:level": "2; 3"}
    assert kinds_of(rules, tags) == ["junior_school", "senior_school"]


LEVELS = [
    ({"isced:level": "1-2"}, "12"), ({"isced:level": "0-3"}, "123"), ({"isced:level": "1, 2"}, "12"),
    ({"isced:level": "2-3"}, "23"), ({"isced:level": "11"}, ""), ({"isced:level": "primary"}, "1"),
    ({"grades": "1-6"}, "1"), ({"grades": "1-9"}, "12"), ({"grades": "7-9"}, "2"),
    ({"grades": "K-12"}, "123"), ({"grades": "7-12"}, "23"),
    ({"grades": "10-12"}, "3"), ({"grades": "12"}, "3"),
    ({"min_age": "6", "max_age": "12"}, "1"), ({"min_age": "6", "max_age": "15"}, "12"),
    ({"min_age": "12", "max_age": "15"}, "2"), ({"min_age": "12", "max_age": "18"}, "23"),
    ({"min_age": "15", "max_age": "18"}, "3"), ({"min_age": "3", "max_age": "6"}, ""),
    # The level goes before years, years go before ages.
    ({"isced:level": "1", "grades": "7-9", "min_age": "15"}, "1"), ({"grades": "7-9", "min_age": "6"}, "2"),
]  # fmt: skip


@pytest.mark.parametrize(("tags", "levels"), LEVELS)
def test_levels_years_and_ages_tell_the_level_of_a_school(
    rules: KindRules, tags: dict[str, str], levels: str
) -> None:
    names = {"1": "primary_school", "2": "junior_school", "3": "senior_school"}
    want = sorted(names[level] for level in levels) or ["school"]
    assert kinds_of(rules, {"amenity": "school", "name": "春晖学校", **tags}) == want


def test_a_school_without_level_counts_as_no_level(rules: KindRules) -> None:
    assert kinds_of(rules, {"amenity": "school"}) == ["school"]


TAGGED = [
    ({"amenity": "kindergarten"}, ["kindergarten"]),
    ({"amenity": "kindergarten", "nursery": "yes"}, ["childcare", "kindergarten"]),
    ({"amenity": "kindergarten", "access": "private"}, ["kindergarten"]),
    ({"amenity": "childcare", "name": "阳光托育中心"}, ["childcare"]),
    ({"amenity": "childcare", "name": "学霸课后托管"}, []),
    ({"amenity": "clinic", "name": "南湖社区卫生服务中心"}, ["clinic"]),
    ({"amenity": "hospital", "name": "永春社区卫生服务站"}, ["clinic"]),
    ({"amenity": "clinic", "name": "康美口腔诊所"}, []),
    ({"amenity": "clinic", "name": "爱宠宠物医院"}, []),
    ({"amenity": "dentist", "healthcare": "clinic"}, []),
    ({"amenity": "hospital", "name": "市第二医院"}, ["hospital", "venue"]),
    ({"amenity": "hospital", "name": "省妇幼保健院"}, ["hospital", "paediatric_hospital", "venue"]),
    (
        {"amenity": "hospital", "healthcare:speciality": "surgery;paediatrics"},
        ["hospital", "paediatric_hospital", "venue"],
    ),
    ({"amenity": "library", "name": "少儿图书馆"}, ["library"]),
    ({"amenity": "library", "name": "吉林大学图书馆"}, []),
    ({"amenity": "library", "name": "东安村农家书屋"}, ["bookcase"]),
    ({"shop": "books", "name": "南溪城市书房"}, ["library"]),
    ({"amenity": "public_bookcase"}, ["bookcase"]),
    ({"amenity": "community_centre", "name": "长山社区儿童之家"}, ["children_home", "community_centre"]),
    ({"amenity": "social_facility", "social_facility": "group_home", "social_facility:for": "child"}, []),
    ({"amenity": "community_centre", "community_centre:for": "senior"}, []),
    ({"amenity": "townhall", "name": "长山社区党群服务中心"}, ["community_centre"]),
    ({"amenity": "community_centre", "name": "市青少年宫"}, ["youth_place"]),
    ({"amenity": "toilets", "unisex": "yes"}, ["toilet"]),
    ({"amenity": "toilets", "access": "private"}, []),
    ({"amenity": "nursing_room"}, ["nursing_room"]),
    ({"shop": "mall", "baby_feeding": "room"}, ["nursing_room", "venue"]),
    ({"amenity": "toilets", "changing_table": "yes"}, ["toilet"]),
    (
        {"amenity": "toilets", "changing_table": "yes", "changing_table:location": "dedicated_room"},
        ["nursing_room", "toilet"],
    ),
    ({"highway": "bus_stop"}, ["bus_stop"]),
    ({"railway": "station", "station": "subway"}, ["rail_station", "venue"]),
    ({"railway": "station", "station": "miniature"}, ["venue"]),
    ({"barrier": "gate"}, ["gate"]),
    ({"highway": "crossing", "crossing": "traffic_signals"}, ["crossing"]),
    ({"highway": "crossing", "crossing": "unmarked"}, []),
    ({"leisure": "playground"}, ["playground"]),
    ({"leisure": "playground", "access": "private"}, []),
    ({"leisure": "sports_centre"}, ["sports_centre"]),
    ({"tourism": "museum"}, ["museum"]),
    ({"natural": "tree"}, []),
]


@pytest.mark.parametrize(("tags", "kinds"), TAGGED)
def test_tags_tell_the_kind(rules: KindRules, tags: dict[str, str], kinds: list[str]) -> None:
    assert kinds_of(rules, tags) == kinds


AREAS = [
    ({"leisure": "park"}, ["park"]),
    ({"leisure": "garden"}, []),
    ({"leisure": "garden", "name": "街心花园"}, ["park"]),
    ({"leisure": "garden", "access": "yes"}, ["park"]),
    ({"leisure": "garden", "name": "后花园", "garden:type": "residential"}, []),
    ({"leisure": "park", "name": "高新产业园"}, []),
    ({"leisure": "park", "access": "private"}, []),
    ({"place": "square", "name": "文化广场"}, ["square"]),
    ({"highway": "pedestrian", "area": "yes"}, ["square"]),
    ({"tourism": "attraction", "name": "塔"}, ["venue"]),
    ({"leisure": "pitch", "sport": "basketball"}, ["pitch"]),
    ({"leisure": "pitch", "sport": "shooting"}, []),
]


@pytest.mark.parametrize(("tags", "kinds"), AREAS)
def test_tags_of_areas_tell_the_kind(rules: KindRules, tags: dict[str, str], kinds: list[str]) -> None:
    assert kinds_of(rules, tags, square(0, 0, 60)) == kinds


@pytest.mark.parametrize(
    ("tags", "n"), [({"leisure": "park"}, 0), ({"leisure": "park", "name": "小游园"}, 1)]
)
def test_an_unnamed_scrap_of_green_is_no_park(rules: KindRules, tags: dict[str, str], n: int) -> None:
    assert len(kinds_of(rules, tags, square(0, 0, 15))) == n


CLOSED = [
    {"disused:amenity": "school"},
    {"abandoned:amenity": "school", "building": "yes"},
    {"amenity": "school", "disused": "yes"},
    {"amenity": "school", "disused:amenity": "school"},
    {"amenity": "school", "name": "IES José Saramago (cerrado)"},
    {"amenity": "school", "name": "第九小学（停办）"},
    {"amenity": "school", "construction": "yes"},
    {"amenity": "school", "building": "construction"},
    {"amenity": "school", "operational_status": "closed"},
]


@pytest.mark.parametrize("tags", CLOSED)
def test_what_is_closed_never_counts(rules: KindRules, tags: dict[str, str]) -> None:
    assert kinds_of(rules, tags) == []


def test_a_closed_school_may_live_on_as_something_else(rules: KindRules) -> None:
    tags = {"disused:amenity": "school", "amenity": "community_centre"}
    assert kinds_of(rules, tags) == ["community_centre"]


def test_a_users_kind_joins_the_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[names]\ncamp = "营地"\n'
        '[kind.camp]\ntitle = { en = "Camp", zh = "营地" }\n'
        'any = [{ tags = { tourism = "*" }, name = "$camp" }]\n'
        '[kind.playground]\ntitle = { en = "Play", zh = "游戏" }\nany = [{ tags = { leisure = "play" } }]\n',
        encoding="utf-8",
    )
    rules = load_kind_rules(own)
    assert kinds_of(rules, {"tourism": "camp_site", "name": "少年营地"}) == ["camp"]
    assert kinds_of(rules, {"leisure": "playground"}) == []
    assert kinds_of(rules, {"amenity": "library"}) == ["library"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[kind.camp\n", "not readable as TOML"),
        (
            '[kind.camp]\ntitle = { en = "a", zh = "b" }\nany = [{ tag = { a = "b" } }]\n',
            r"kind\.camp\.any\.0\.tag",
        ),
        ('[kind.camp]\ntitle = { en = "a", zh = "b" }\nany = [{ name = "(" }]\n', "regular expression"),
        (
            '[kind.camp]\ntitle = { en = "a", zh = "b" }\nany = [{ matches = { grades = "(" } }]\n',
            "regular expression",
        ),
        (
            '[kind.camp]\ntitle = { en = "a", zh = "b" }\nany = [{ tags = { craft = "potter" } }]\n',
            r"kind\.camp: asks for craft, but only objects with one of these are read: amenity, ",
        ),
        (
            '[kind.camp]\ntitle = { en = "a", zh = "b" }\nany = [{ tags = { landuse = "farmland" } }]\n',
            r"kind\.camp: asks for landuse, but",
        ),
        (
            '[kind.camp]\ntitle = { en = "a", zh = "b" }\nany = [{ name = "$nowhere" }]\n',
            r"\$nowhere is not in",
        ),
    ],
)
def test_a_broken_rule_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(LayerError, match=message):
        load_kind_rules(own)


def test_a_missing_rule_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="not found"):
        load_kind_rules(tmp_path / "none.toml")
