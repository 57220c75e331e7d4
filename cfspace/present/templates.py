"""Templates of pages: texts are escaped, and a word that is missing is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cfspace.present.offline import page_file

if TYPE_CHECKING:
    from jinja2 import Environment, Template


def page_template(name: str) -> Template:
    """Return one of the page's own templates, its white space as it stands."""
    return _environment(trims=False).from_string(page_file(name))


def sheet_template(name: str, *, filters: Mapping[str, Callable[[Any], str]] | None = None) -> Template:
    """Return one of the page's own templates, without the lines on which statements stand.

    Parameters
    ----------
    name
        Its file.
    filters
        How it words numbers.
    """
    environment = _environment(trims=True)
    environment.filters |= filters or {}
    return environment.from_string(page_file(name))


def _environment(*, trims: bool) -> Environment:
    import jinja2

    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=trims, lstrip_blocks=trims
    )
