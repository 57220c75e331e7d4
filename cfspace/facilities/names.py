"""Names of places, made alike so that two lists can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MIN_GRAM, MAX_GRAM = 1, 3
SAME_CORE, CORE_WITHIN = 0.95, 0.7
_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_CHINESE_NUMBER = "[零〇一二两三四五六七八九十百廿]+"
_LATIN = dict(
    zip(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"), map(str, range(1, 11)), strict=True)
)
_ROMAN = {chr(0x2160 + i): str(i + 1) for i in range(12)}
# A numeral counts as one only where it numbers something, so that 三道街 and 九台 keep their names.
_NUMBERED = re.compile(
    rf"第({_CHINESE_NUMBER})|({_CHINESE_NUMBER})(?=实验|小学|小$|中学|中$|初中|高中|幼儿园|幼$|分园|分校|分馆|分院|号|期|区$)"
)
_SUFFIXES = (
    (re.compile(r"(股份)?有限(责任)?公司|有限合伙|\(个体工商户\)|\(普通合伙\)"), ""),
    (re.compile(r"(托育|托婴|托幼|托儿|婴幼儿照护)(服务)?(中心|机构|园|所|部|之家)?"), "托育"),
    (re.compile(r"幼稚园|幼兒園|幼教中心|幼儿学校"), "幼儿园"),
    (re.compile(r"社区(卫生|健康)服务(中心|站)"), r"社区卫生服务\2"),
    (re.compile(r"社康中心"), "社区卫生服务中心"),
    (re.compile(r"初级中学"), "初中"),
    (re.compile(r"高级中学"), "高中"),
    (re.compile(r"小学校|小學|完全小学|完小"), "小学"),
    (re.compile(r"中学校|中學"), "中学"),
    (re.compile(r"实小"), "实验小学"),
    (re.compile(r"附小"), "附属小学"),
    (re.compile(r"附中"), "附属中学"),
    (re.compile(r"圖書館"), "图书馆"),
    (re.compile(r"(\d+)小$"), r"\1小学"),
    (re.compile(r"(\d+)中$"), r"\1中学"),
    (re.compile(r"(\d+)幼$"), r"\1幼儿园"),
    (re.compile(r"\bc ?e ?i ?p\b"), "ceip"),
    (re.compile(r"\bi ?e ?s\b"), "ies"),
    (re.compile(r"\bc ?p\b"), "ceip"),
    (re.compile(r"\bpl\b"), "plaza"),
    (re.compile(r"\bavd?a?\b"), "avenida"),
    (re.compile(r"\bctra\b"), "carretera"),
    (re.compile(r"\bc c\b"), "centro comercial"),
    (re.compile(r"\bc s\b"), "centro de salud"),
    (re.compile(r"\bdr\b"), "doctor"),
)
_PLACE = re.compile(r"^.{2,3}?省|^.{1,2}?[^城都超夜]市(?!场|民)|^.{1,2}?[^社小校园厂矿]区(?=.{4})")
_KIND_WORDS = re.compile(
    r"幼儿园|托育|小学|中学|初中|高中|学校|社区卫生服务(中心|站)|卫生院|医院|图书馆|公园|广场|儿童之家|母婴室|活动中心|中心$|站$"
)
# Two names of which each has a mark of one of these groups that the other lacks name two places.
_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        "[东西南北]|\\b(?:north|south|east|west|norte|sur|este|oeste)\\b",
        "[上下]|\\b(?:upper|lower|alto|bajo|alta|baja)\\b",
        "[前后]",
        "[新老旧]",
        "[甲乙丙丁戊]",
        "[总分](?=校|园|部|院|馆)",
        "(?:小学|初中|高中|幼儿)(?=部)",
        "[小中](?=学)",
        "[一二三四五六七八九十]+(?=道街|马路|条|经|纬)",
        "[a-z](?=区|园|座|栋|馆|校|院)|(?<=[\u4e00-\u9fff])[a-z]$|(?<= )[a-z]$",
    )
)
_WORD = re.compile(r"[^\W\d_]{2}|[\u4e00-\u9fff]")
_PUNCTUATION = re.compile(r"[^\w\u4e00-\u9fff]+")


def normalised(name: str) -> str:
    """Return a name as it is compared: one width, one case, numerals as digits, one word a suffix.

    A name of numbers alone (``301``, a list of bus lines) names nothing and becomes empty.

    Examples
    --------
    >>> normalised("长春市第十一小学校"), normalised("十一小")
    ('11小学', '11小学')
    >>> normalised("C.E.I.P. Las Canteras") == normalised("CEIP Las Canteras")
    True
    """
    text = "".join(_ROMAN.get(char, char) for char in name)
    text = unicodedata.normalize("NFKC", text).casefold().strip()
    text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    text = text.replace("(", " ").replace(")", " ")
    text = _PLACE.sub("", _PLACE.sub("", _PLACE.sub("", text)))
    text = _NUMBERED.sub(lambda match: str(chinese_number(match[1] or match[2])), text)
    text = re.sub(r"第(?=\d)", "", text)
    text = re.sub(r"^市(?=\d|实验|直)", "", text)
    text = re.sub(r"(?<= )(i{2,3}|iv|v|vi{1,3}|ix|x|i)$", lambda match: _LATIN[match[1]], text)
    text = _PUNCTUATION.sub(" ", text).strip()
    for pattern, replacement in _SUFFIXES:
        text = pattern.sub(replacement, text)
    if not _WORD.search(text):
        return ""
    return re.sub(r"\s+", " " if text.isascii() else "", text).strip()


def chinese_number(numeral: str) -> int:
    """Return a Chinese numeral below a thousand, written with or without 十.

    Examples
    --------
    >>> chinese_number("十一"), chinese_number("二十"), chinese_number("一百零八"), chinese_number("一三")
    (11, 20, 108, 13)
    """
    numeral = numeral.replace("廿", "二十")
    if "十" not in numeral and "百" not in numeral:
        return int("".join(str(_DIGITS[char]) for char in numeral))
    total, digit = 0, 0
    for char in numeral:
        if char == "百":
            total, digit = total + (digit or 1) * 100, 0
        elif char == "十":
            total, digit = total + (digit or 1) * 10, 0
        else:
            digit = _DIGITS[char]
    return total + digit


def numbers_in(text: str) -> frozenset[str]:
    """Return the numbers in a normalised name; 第1小学 and 第2小学 are never the same school."""
    return frozenset(re.findall(r"\d+", text))


def numbers_differ(left: str, right: str) -> bool:
    """Return whether both names carry numbers, and each one that the other lacks.

    Examples
    --------
    >>> numbers_differ("1小学", "2小学"), numbers_differ("1小学", "1小学2部"), numbers_differ("1小学", "小学")
    (True, False, False)
    """
    ours, theirs = numbers_in(left), numbers_in(right)
    return bool(ours - theirs) and bool(theirs - ours)


def marks_differ(left: str, right: str) -> bool:
    """Return whether two normalised names tell two places apart: by number, quarter, letter or stage.

    Examples
    --------
    >>> marks_differ("实验小学东校区", "实验小学西校区"), marks_differ("实验小学东校区", "实验小学")
    (True, False)
    """
    if numbers_differ(left, right):
        return True
    for pattern in _MARKS:
        ours, theirs = Counter(pattern.findall(left)), Counter(pattern.findall(right))
        if ours - theirs and theirs - ours:
            return True
    return False


def simple_similarity(left: str, right: str) -> float:
    """Return how alike two normalised names are, 0-1: shared character pairs over all (Dice).

    Examples
    --------
    >>> simple_similarity("11小学", "11小学"), simple_similarity("11小学", "12小学")
    (1.0, 0.0)
    """
    if left == right:
        return 1.0
    if marks_differ(left, right):
        return 0.0
    if _contains(left, right):
        return 0.9
    ours, theirs = _pairs(left), _pairs(right)
    shared = sum(min(ours.count(pair), theirs.count(pair)) for pair in set(ours))
    return 2.0 * shared / max(len(ours) + len(theirs), 1)


def core(name: str) -> str:
    """Return a normalised name without the words that say what kind of place it is.

    Examples
    --------
    >>> core("红星艺术幼儿园")
    '红星艺术'
    """
    return _KIND_WORDS.sub("", name).strip()


def core_similarity(left: str, right: str) -> float:
    """Return 0.95 where the cores of two names are the same, 0.7 where one begins with the other, else 0."""
    short, long = sorted((core(left), core(right)), key=len)
    if len(short) < 2:
        return 0.0
    if short == long:
        return SAME_CORE
    return CORE_WITHIN if long.startswith(short) or long.endswith(short) else 0.0


def _pairs(text: str) -> list[str]:
    return [text[start : start + 2] for start in range(len(text) - 1)]


def _contains(left: str, right: str) -> bool:
    short, long = sorted((left, right), key=len)
    return len(short) >= 4 and short in long


def similarities(left: Sequence[str], right: Sequence[str]) -> npt.NDArray[np.float64]:
    """Return how alike each pair of normalised names is, 0-1; ``NaN`` where either is unnamed.

    Cosine of character n-grams weighted by rarity over both lists (so that 幼儿园, which all
    share, says little), raised where the names agree but for the word for the kind, and 0 where
    numbers or other marks tell them apart.

    Parameters
    ----------
    left, right
        Normalised names, pairwise; ``""`` is unnamed.
    """
    result = np.full(len(left), np.nan)
    named = [place for place, pair in enumerate(zip(left, right, strict=True)) if all(pair)]
    if not named:
        return result
    # Late, since it takes seconds to load and most studies of OSM alone need none of it.
    from sklearn.feature_extraction.text import TfidfVectorizer

    ours, theirs = [left[place] for place in named], [right[place] for place in named]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(MIN_GRAM, MAX_GRAM), sublinear_tf=True)
    vectorizer.fit(sorted({*ours, *theirs}))
    cosine = np.asarray(vectorizer.transform(ours).multiply(vectorizer.transform(theirs)).sum(axis=1)).ravel()
    for place, value, one, other in zip(named, cosine, ours, theirs, strict=True):
        result[place] = 0.0 if marks_differ(one, other) else min(max(value, core_similarity(one, other)), 1.0)
    return result
