from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from cfspace.config.bands import BANDS
from cfspace.config.kinds import KINDS
from cfspace.config.study import LEVELS
from cfspace.errors import ParameterError
from cfspace.present.choropleth import STATUSES
from cfspace.present.messages import LANGUAGES, LOCALES, Catalogue, catalogue, read_wordings
from cfspace.present.points import ATTRIBUTES
from cfspace.present.wording import is_share, metres, number, percent, square_metres
from cfspace.rulebooks import load_rulebook

PRESENT = Path(str(files("cfspace.present")))
RULEBOOKS = ("jilin-2022", "sdg-who")
WEIGHTS = ("children", "floor_area_m2", "population")


def _path(lang: str) -> Path:
    return PRESENT / "messages" / f"{lang}.po"


def _texts(lang: str) -> dict[str, str]:
    return read_wordings(_path(lang).read_bytes(), lang=lang)


def test_every_wording_is_there_in_every_language() -> None:
    keys = {lang: _texts(lang).keys() for lang in LANGUAGES}
    assert sorted(keys["zh"] ^ keys["en"]) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_wording_is_empty_doubtful_or_said_twice(lang: str) -> None:
    with _path(lang).open("rb") as file:
        found = [one for one in read_po(file, locale=LOCALES[lang]) if one.id]
    assert [one.id for one in found if not one.string or one.fuzzy] == []
    said = re.findall(r'^msgid "(.+)"$', _path(lang).read_text("utf-8"), re.MULTILINE)
    assert sorted({key for key in said if said.count(key) > 1}) == []
    assert len(said) == len(found)


def test_both_languages_fill_in_the_same_values() -> None:
    chinese, english = _texts("zh"), _texts("en")
    fields = string.Formatter().parse
    for key in chinese:
        assert {f for _, f, _, _ in fields(chinese[key]) if f} == {
            f for _, f, _, _ in fields(english[key]) if f
        }, key


def test_every_wording_the_code_asks_for_is_there() -> None:
    asked = set()
    for path in PRESENT.glob("**/*.py"):
        code = re.sub(r">>> .*", "", path.read_text("utf-8"))
        asked |= set(re.findall(r"""\bsay\(\s*"([a-z_.0-9]+)"\s*[,)]""", code))
    for path in PRESENT.glob("page/*.j2"):
        text = path.read_text("utf-8")
        asked |= set(re.findall(r"""\bsay\("([a-z_.0-9]+)\"""", text))
        asked |= {f"map.{name}" for name in re.findall(r"\bm\.([a-z_]+)", text)}
    for path in PRESENT.glob("page/*.js"):
        asked |= {
            f"map.{key}" for key in re.findall(r"""cf\.say\("([a-z_]+)"[,)]""", path.read_text("utf-8"))
        }
    assert len(asked) > 80
    assert sorted(asked - catalogue("zh").keys()) == []


def _families() -> set[str]:
    """Return the keys that the code puts together from a prefix and a word of the design."""
    keys = {f"{prefix}.{kind}" for kind in KINDS for prefix in ("kind", "sign")}
    keys |= {f"level.{level}" for level in LEVELS} | {f"status.{status}" for status in STATUSES}
    keys |= {f"map.status_{status}" for status in STATUSES}
    keys |= {f"map.short_{status}" for status in STATUSES if status != "ok"}
    keys |= {f"evidence.{name}" for name in ("municipal_complete", "municipal", "osm", "none")}
    keys |= {f"confidence.{name}" for name in ("original", "secondary", "unverified", "design")}
    keys |= {f"attribute.{name}" for name in ATTRIBUTES}
    for kind in WEIGHTS:
        keys |= {f"weights.{kind}", f"about.weights.{kind}", f"table.{kind}"}
        keys |= {f"map.{part}_{kind}" for part in ("weight", "weights", "gap", "gaps_title", "gaps_total")}
    return keys


def test_every_word_of_the_design_has_a_wording() -> None:
    for lang in LANGUAGES:
        assert sorted(_families() - catalogue(lang).keys()) == []


def test_the_values_of_shipped_rulebooks_have_units_in_both_languages() -> None:
    units = {rule.value_unit for name in RULEBOOKS for rule in load_rulebook(name).indicator}
    keys = {f"unit.{unit.replace(' ', '_')}" for unit in units if unit and not is_share(unit)}
    assert len(keys) > 4
    assert sorted(keys - catalogue("en").keys()) == []


def test_every_age_band_reads_as_years() -> None:
    assert {catalogue("en")("band.years", first=b.split("_")[0], last=b.split("_")[1]) for b in BANDS} == {
        "ages 0–2", "ages 3–5", "ages 6–11", "ages 12–14", "ages 15–17",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "length", "area"), [("zh", "1,500米", "1,500平方米"), ("en", "1,500 m", "1,500 m²")]
)
def test_units_follow_the_language(lang: str, length: str, area: str) -> None:
    say = catalogue(lang)
    assert metres(say, 1500) == length
    assert square_metres(say, 1500) == area
    assert number(say, 1234.5, digits=2) == "1,234.50"
    assert percent(say, 0.5) == "50%"
    assert {number(say, float("nan")), percent(say, float("nan")), metres(say, float("inf"))} == {"–"}


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ParameterError, match="'fr' is unknown"):
        catalogue("fr")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"no wording for 'no\.such'"):
        catalogue("zh")("no.such")


def test_a_file_that_is_not_well_formed_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"messages/en\.po"):
        read_wordings(b'msgid "a"\nmsgstr "b\n<<<<<<< HEAD\n', lang="en")


def test_the_catalogue_is_read_as_gettext_reads_it() -> None:
    text = (
        '# a comment\nmsgid ""\nmsgstr "Language: zh\\n"\n\nmsgid "a"\nmsgstr "one \\"two\\"\\n"\n"three"\n'
        '\nmsgid "b"\nmsgstr ""\n'
    )
    assert read_wordings(text.encode(), lang="zh") == {"a": 'one "two"\nthree'}
    assert Catalogue("en", {"c": "{n} homes"})("c", n=3) == "3 homes"
