"""Finding and reading rulebook files."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cfspace.config.rulebook import Rulebook
from cfspace.errors import RulebookError


def shipped_rulebooks() -> tuple[str, ...]:
    """Return the names of the rulebooks that come with cfspace, sorted.

    Examples
    --------
    >>> shipped_rulebooks()
    ('jilin-2022', 'sdg-who')
    """
    here = files("cfspace.rulebooks")
    return tuple(
        sorted(item.name.removesuffix(".toml") for item in here.iterdir() if item.name.endswith(".toml"))
    )


def load_rulebook(name_or_path: str | Path) -> Rulebook:
    """Return a rulebook, by the name of a shipped one or by the path of a file.

    Parameters
    ----------
    name_or_path
        ``jilin-2022``, or a path ending in ``.toml``.

    Raises
    ------
    RulebookError
        If there is no such rulebook, or the file is not TOML, or breaks the schema; all faults are told at
        once.

    Examples
    --------
    >>> load_rulebook("sdg-who").name
    'sdg-who'
    """
    source = str(name_or_path)
    return read_rulebook(_text_of(source), source=source)


def read_rulebook(text: str, *, source: str) -> Rulebook:
    """Return the rulebook written in `text`; `source` names it in messages.

    Raises
    ------
    RulebookError
        If the text is not TOML or breaks the schema.
    """
    try:
        return Rulebook.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RulebookError(f"{source}: not valid TOML: {error}; correct the line it names") from error
    except ValidationError as error:
        raise RulebookError(_all_faults(source, error, tomllib.loads(text))) from error


def rulebook_text(name: str) -> str:
    """Return the TOML of a shipped rulebook, with its comments: where a rulebook of one's own begins.

    Parameters
    ----------
    name
        One of the shipped rulebooks, such as ``jilin-2022``; or the path of one.

    Returns
    -------
    The text. Save it under another name, change it, and name the file in the study.

    Raises
    ------
    RulebookError
        If there is no such rulebook.

    Examples
    --------
    >>> mine = rulebook_text("sdg-who").replace('name = "sdg-who"', 'name = "our-city"')
    >>> read_rulebook(mine, source="our-city.toml").name
    'our-city'
    """
    return _text_of(name)


def _text_of(source: str) -> str:
    if not source.endswith(".toml"):
        if source not in shipped_rulebooks():
            known = ", ".join(shipped_rulebooks())
            raise RulebookError(
                f"rulebook: {source!r} is not shipped; use {known}, or the path of a .toml file"
            )
        return (files("cfspace.rulebooks") / f"{source}.toml").read_text(encoding="utf-8")
    try:
        return Path(source).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RulebookError(f"{source}: there is no such file; give the path of a rulebook") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RulebookError(f"{source}: cannot be read as text ({error}); save it as UTF-8") from error


def _all_faults(source: str, error: ValidationError, data: dict[str, Any]) -> str:
    faults = error.errors(include_url=False)
    lines = [_told(_place(fault["loc"], data), _found(fault)) for fault in faults]
    return "\n".join([f"{source}: {len(faults)} fault{'s' if len(faults) != 1 else ''}", *lines])


def _told(place: str, found: str) -> str:
    # A rule's own checks name it, because the model may be used without a file: not twice.
    return f"  - {place}: {found.removeprefix(place.removeprefix('indicator ').split(',')[0] + ': ')}"


def _place(path: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Name the entry by its own id instead of its position, and leave out pydantic's union tags."""
    if len(path) >= 2 and path[0] in ("indicator", "target") and isinstance(path[1], int):
        entry = data[str(path[0])][path[1]]
        own_name = (
            entry.get("id", f"number {path[1] + 1}") if isinstance(entry, dict) else f"number {path[1] + 1}"
        )
        rest = [
            str(part) for part in path[2:] if not (path[0] == "indicator" and part == entry.get("measure"))
        ]
        return ", ".join([f"{path[0]} {own_name}", *([f"key {'.'.join(rest)}"] if rest else [])])
    return "key " + ".".join(str(part) for part in path) if path else "rulebook"


def _found(fault: Any) -> str:
    kind, given = fault["type"], fault.get("input")
    if kind == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    if kind == "missing":
        return "missing; add it"
    if kind == "value_error":
        return str(fault["ctx"]["error"])
    if kind.startswith("union_tag"):
        return f"{fault['msg']}; name a measure that exists"
    return f"{given!r}: {fault['msg']}; correct the value"
