"""One catalogue of wordings per language, kept as gettext ``.po`` files and read as they are."""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files

from cfspace.errors import ParameterError

LANGUAGES: tuple[str, ...] = ("zh", "en")
"""Languages that everything written comes in."""


class Catalogue:
    """Wordings of one language by key.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    texts
        Wording by key.

    Examples
    --------
    >>> say = catalogue("en")
    >>> say("kind.library")
    'Library'
    >>> say("kind.ski_jump", default="ski jump")
    'ski jump'
    """

    def __init__(self, lang: str, texts: dict[str, str]) -> None:
        self.lang = lang
        self._texts = texts

    def __call__(self, key: str, *, default: str | None = None, **values: object) -> str:
        """Return the wording of `key` with `values` filled in; a key that is not there is an error."""
        text = self._texts.get(key, default)
        if text is None:
            raise ParameterError(f"messages/{self.lang}.po: no wording for {key!r}; add it in every language")
        return text.format(**values) if values else text

    def keys(self) -> frozenset[str]:
        """Return every key."""
        return frozenset(self._texts)

    def section(self, prefix: str) -> dict[str, str]:
        """Return the wordings below `prefix`, without it: for the page script."""
        start = len(prefix) + 1
        return {k[start:]: v for k, v in sorted(self._texts.items()) if k.startswith(f"{prefix}.")}


@cache
def catalogue(lang: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises
    ------
    ParameterError
        If there is no catalogue in that language.
    """
    if lang not in LANGUAGES:
        raise ParameterError(f"lang: {lang!r} is unknown; use {' or '.join(LANGUAGES)}")
    text = files("cfspace.present").joinpath("messages", f"{lang}.po").read_text("utf-8")
    return Catalogue(lang, read_po(text))


def read_po(text: str) -> dict[str, str]:
    r"""Return the wordings in a ``.po`` file by their ``msgid``.

    Plural forms and contexts are not used here, and so not read.

    Examples
    --------
    >>> read_po('msgid "a.b"\nmsgstr "Hello "\n"there"\n')
    {'a.b': 'Hello there'}
    """
    texts: dict[str, str] = {}
    entry: dict[str, str] = {}
    field = ""
    for line in [*text.splitlines(), 'msgid ""']:
        word, _, quoted = line.strip().partition(" ")
        if word in ("msgid", "msgstr"):
            if word == "msgid" and entry.get("msgid"):
                texts[entry["msgid"]] = entry.get("msgstr", "")
            if word == "msgid":
                entry = {}
            field = word
            entry[field] = ast.literal_eval(quoted)
        elif line.startswith('"'):
            entry[field] += ast.literal_eval(line.strip())
    return texts
