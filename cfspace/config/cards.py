"""How objects show themselves in a notebook: a small table of facts, every text of it escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

LONGEST_TEXT = 200
"""Characters of one fact that are shown."""


def card(title: str, facts: Mapping[str, object], *, more: str = "") -> str:
    """Return a table of facts as HTML.

    Parameters
    ----------
    title
        Its heading.
    facts
        What is told, by its name; None and empty texts are left out, thousands are parted.
    more
        HTML that follows, from a source that escapes its texts.

    Examples
    --------
    >>> card("<b>", {"homes": 1234, "note": None}).removeprefix("<table><caption>")
    '&lt;b&gt;</caption><tbody><tr><th scope="row">homes</th><td>1,234</td></tr></tbody></table>'
    """
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(_text(value))}</td></tr>'
        for name, value in facts.items()
        if value not in (None, "")
    )
    return f"<table><caption>{escape(_text(title))}</caption><tbody>{rows}</tbody></table>{more}"


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
