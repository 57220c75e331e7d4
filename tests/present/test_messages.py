from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest

from cfspace.config.kinds import KINDS
from cfspace.errors import ParameterError
from cfspace.present.messages import LANGUAGES, catalogue, read_po

PRESENT = Path(str(files("cfspace.present")))


def _texts(lang: str) -> dict[str, str]:
    return read_po((PRESENT / "messages" / f"{lang}.po").read_text("utf-8"))


def test_every_wording_is_there_in_every_language() -> None:
    keys = {lang: {key for key, text in _texts(lang).items() if text} for lang in LANGUAGES}
    assert keys["zh"] == keys["en"]


def test_both_languages_fill_in_the_same_values() -> None:
    chinese, english = _texts("zh"), _texts("en")
    fields = string.Formatter().parse
    for key in chinese.keys() - {"date"}:
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


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_name_and_a_sign(kind: str) -> None:
    for lang in LANGUAGES:
        assert catalogue(lang)(f"kind.{kind}")
        assert 1 <= len(catalogue(lang)(f"sign.{kind}")) <= 2


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ParameterError, match="'fr' is unknown"):
        catalogue("fr")


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"no wording for 'no\.such'"):
        catalogue("zh")("no.such")


def test_the_catalogue_is_read_as_gettext_reads_it() -> None:
    text = (
        '# a comment\nmsgid ""\nmsgstr "Language: zh\\n"\n\nmsgid "a"\nmsgstr "one \\"two\\"\\n"\n"three"\n'
    )
    assert read_po(text) == {"a": 'one "two"\nthree'}
