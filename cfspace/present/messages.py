"""One catalogue of wordings per language: gettext ``.po`` files, read by Babel."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from io import BytesIO

from babel import Locale
from babel.messages.pofile import PoFileError, read_po

from cfspace.errors import ParameterError

LOCALES: dict[str, str] = {"zh": "zh_Hans_CN", "en": "en_GB"}
"""Languages that everything written comes in, and the locale whose numbers, dates and units each follows."""

LANGUAGES: tuple[str, ...] = tuple(LOCALES)


class Catalogue:
    """Wordings of one language by key.

    Parameters
    ----------
    lang
        ``zh`` or ``en``.
    texts
        Wording by key.

    Attributes
    ----------
    locale
        How numbers, dates and units are written.
    tag
        The same for browsers: ``zh-CN`` or ``en-GB``.

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
        self.locale = Locale.parse(LOCALES[lang])
        self.tag = f"{self.locale.language}-{self.locale.territory}"
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
    content = files("cfspace.present").joinpath("messages", f"{lang}.po").read_bytes()
    return Catalogue(lang, read_wordings(content, lang=lang))


def read_wordings(content: bytes, *, lang: str) -> dict[str, str]:
    r"""Return the wordings in the bytes of a ``.po`` file by their ``msgid``; those still empty are left out.

    Raises
    ------
    ParameterError
        If the file is not well formed.

    Examples
    --------
    >>> read_wordings(b'msgid "a.b"\nmsgstr "Hello "\n"there"\n', lang="en")
    {'a.b': 'Hello there'}
    """
    try:
        found = read_po(BytesIO(content), locale=LOCALES[lang], abort_invalid=True)
    except PoFileError as error:
        raise ParameterError(f"messages/{lang}.po: {error}") from error
    return {str(one.id): str(one.string) for one in found if one.id and one.string}
