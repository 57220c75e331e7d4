"""Options that are given by kind: ``KIND=NUMBER``, ``KIND=TEXT``, ``KIND.ATTRIBUTE=VALUE``."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cfspace.errors import ParameterError


def parsed_numbers(option: str, texts: Sequence[str] | None, kinds: Sequence[str]) -> dict[str, float]:
    """Return numbers by kind; a bare number counts for every kind.

    Examples
    --------
    >>> parsed_numbers("--cost", ["library=20", "3"], ["library", "childcare"])
    {'library': 20.0, 'childcare': 3.0}
    """
    found: dict[str, float] = {}
    for text in texts or ():
        kind, mark, number = text.rpartition("=")
        if mark and kind not in kinds:
            raise ParameterError(f"{option}: {kind!r} is none of the kinds to build; use {', '.join(kinds)}")
        try:
            value = float(number)
        except ValueError as error:
            raise ParameterError(
                f"{option}: {text!r} holds no number; write KIND=NUMBER or NUMBER"
            ) from error
        if not (math.isfinite(value) and value >= 0):
            raise ParameterError(f"{option}: {number} makes no sense; give a number from 0")
        for own in [kind] if mark else [one for one in kinds if one not in found]:
            found[own] = value
    return {kind: found[kind] for kind in kinds if kind in found}


def parsed_texts(option: str, texts: Sequence[str] | None, kinds: Sequence[str]) -> dict[str, str]:
    """Return texts by kind; with one kind its name may be left out.

    Examples
    --------
    >>> parsed_texts("--indicator", ["LIB-1"], ["library"])
    {'library': 'LIB-1'}
    """
    found = {}
    for text in texts or ():
        kind, mark, value = text.partition("=")
        if not mark and len(kinds) == 1:
            kind, value = kinds[0], text
        if kind not in kinds or not value:
            raise ParameterError(f"{option}: {text!r} does not fit; write KIND=VALUE with {', '.join(kinds)}")
        found[kind] = value
    return found


def parsed_attributes(texts: Sequence[str] | None, kinds: Sequence[str]) -> dict[str, dict[str, float | str]]:
    """Return attributes of new places by kind.

    Examples
    --------
    >>> parsed_attributes(["park.area_m2=6000"], ["park"])
    {'park': {'area_m2': 6000.0}}
    """
    found: dict[str, dict[str, float | str]] = {}
    for text in texts or ():
        name, mark, value = text.partition("=")
        kind, dot, attribute = name.partition(".")
        if not mark or not dot or kind not in kinds or not attribute or not value:
            raise ParameterError(
                f"--with: {text!r} does not fit; write KIND.ATTRIBUTE=VALUE, such as park.area_m2=6000"
            )
        try:
            found.setdefault(kind, {})[attribute] = float(value)
        except ValueError:
            found.setdefault(kind, {})[attribute] = value
    return found
