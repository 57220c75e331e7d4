"""Kinds of facilities: what in OpenStreetMap counts as which, read from a rule file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from cfspace.errors import LayerError
from cfspace.io.osm_tags import FEATURE_KEYS, FEATURE_VALUES

NAME_KEYS = ("name", "name:zh", "name:en", "official_name")
"""Tags that a name rule looks at."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _values_as_tuples(tags: Any) -> Any:
    if not isinstance(tags, dict):
        return tags
    return {key: (value,) if isinstance(value, str) else value for key, value in tags.items()}


TagValues = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_values_as_tuples)]


def _compile(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"regular expression {pattern!r} is broken ({error})") from error


class Condition(_Model):
    """All of it must be true of an object; see the head of ``kinds.toml``."""

    tags: TagValues = Field(default_factory=dict)
    matches: dict[str, str] = Field(default_factory=dict)
    absent: tuple[str, ...] = ()
    name: str | None = None
    not_name: str | None = None
    geometry: Literal["point", "area", "any"] | None = None
    constants: dict[str, str] = Field(default_factory=dict, alias="set")

    @field_validator("name", "not_name")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            _compile(pattern)
        return pattern

    @field_validator("matches")
    @classmethod
    def _all_compile(cls, patterns: dict[str, str]) -> dict[str, str]:
        for pattern in patterns.values():
            _compile(pattern)
        return patterns


class Kind(_Model):
    """One kind of facility: how it is told, and how one gets in."""

    title: dict[Literal["en", "zh"], str]
    any_of: tuple[Condition, ...] = Field(alias="any", min_length=1)
    exclude: tuple[Condition, ...] = ()
    unless: tuple[str, ...] = ()
    private: Literal["drop", "keep"] = "drop"
    not_inside: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = ()
    outline: Literal["open", "walled", "none"] = "walled"
    min_unnamed_m2: float = Field(default=0.0, ge=0.0)
    nested: Literal["keep", "merge"] = "keep"
    helper: bool = False


class Closed(_Model):
    """How an object says that it no longer, or not yet, serves."""

    prefixes: tuple[str, ...] = ()
    tags: TagValues = Field(default_factory=dict)
    name: str | None = None


class AttributeTags(_Model):
    """Facility columns and the tag each is taken from."""

    text: dict[str, str] = Field(default_factory=dict)
    number: dict[str, str] = Field(default_factory=dict)


class KindRules(_Model):
    """The rules of all kinds, in the order in which they are tried."""

    version: int = 1
    closed: Closed = Field(default_factory=Closed)
    names: dict[str, str] = Field(default_factory=dict)
    attributes: AttributeTags = Field(default_factory=AttributeTags)
    kinds: dict[str, Kind] = Field(alias="kind", min_length=1)

    @cached_property
    def tag_keys(self) -> frozenset[str]:
        """Every tag key that some rule or attribute looks at."""
        keys = set(NAME_KEYS) | set(self.closed.tags) | {"access", "barrier", "building", "building:levels"}
        keys |= set(self.attributes.text.values()) | set(self.attributes.number.values())
        for kind in self.kinds.values():
            for condition in (*kind.any_of, *kind.exclude):
                keys |= {*condition.tags, *condition.matches, *condition.absent}
        return frozenset(keys)

    @property
    def public_kinds(self) -> tuple[str, ...]:
        """The kinds that count as facilities, in the order of the file."""
        return tuple(name for name, kind in self.kinds.items() if not kind.helper)

    def outline_of(self, kind: str) -> str:
        """Return how one enters an area of `kind`; kinds without rules are walled."""
        return self.kinds[kind].outline if kind in self.kinds else "walled"

    def keeps_private(self, kind: str) -> bool:
        """Return whether a private place of `kind` still serves children (a school)."""
        return kind in self.kinds and self.kinds[kind].private == "keep"

    def substitutes(self, kind: str) -> tuple[str, ...]:
        """Return the kinds whose objects a list of `kind` may turn into `kind`.

        Examples
        --------
        >>> load_kind_rules().substitutes("primary_school")
        ('school',)
        """
        return tuple(name for name, rule in self.kinds.items() if kind in rule.stands_for)


def load_kind_rules(extra_path: Path | None = None) -> KindRules:
    """Return the shipped kind rules, with those of a file of the user's laid over them.

    Parameters
    ----------
    extra_path
        A TOML file in the form of the shipped ``kinds.toml``. Its kinds, named patterns and attributes
        replace those of the same name; what it does not name stays.

    Raises
    ------
    LayerError
        If the file is missing, is no TOML, or breaks the schema.

    Examples
    --------
    >>> "nursing_room" in load_kind_rules().kinds
    True
    """
    shipped = tomllib.loads(resources.files("cfspace.facilities").joinpath("kinds.toml").read_text("utf-8"))
    if extra_path is None:
        return _validated(shipped, "kinds.toml")
    own = _read_toml(extra_path)
    rules = _validated(_overlaid(shipped, own), extra_path.name)
    _check_read(rules, own.get("kind", {}), extra_path.name)
    return rules


def _check_read(rules: KindRules, own: Iterable[str], source: str) -> None:
    """Refuse a kind that asks for objects that are never read: there would be none, without a word."""
    for kind in own:
        for condition in rules.kinds[kind].any_of:
            if not _is_read(condition):
                asked = ", ".join((*condition.tags, *condition.matches)) or "no tag"
                raise LayerError(
                    f"{source}: kind.{kind}: asks for {asked}, but only objects with one of these are read: "
                    f"{', '.join(sorted(FEATURE_KEYS))}; name one of them in tags"
                )


def _is_read(condition: Condition) -> bool:
    if not FEATURE_KEYS.isdisjoint({*condition.tags, *condition.matches}):
        return True
    return any(set(values) <= FEATURE_VALUES.get(key, frozenset()) for key, values in condition.tags.items())


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise LayerError(f"{path}: not found; check the path of the kind rules") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayerError(f"{path}: not readable as TOML ({error}); correct the file") from error


def _overlaid(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = {**shipped, **{key: value for key, value in own.items() if not isinstance(value, dict)}}
    for table, value in own.items():
        if isinstance(value, dict):
            merged[table] = {**shipped.get(table, {}), **value}
    attributes = {**shipped.get("attributes", {})}
    for table, columns in own.get("attributes", {}).items():
        attributes[table] = {**attributes.get(table, {}), **columns}
    return {**merged, "attributes": attributes}


def _validated(raw: dict[str, Any], source: str) -> KindRules:
    try:
        return KindRules.model_validate(_expanded(raw, source))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LayerError(f"{source}: {where}: {first['msg']}; correct the rule file") from error


def _expanded(raw: dict[str, Any], source: str) -> dict[str, Any]:
    """Return the rules with every ``$name`` in a pattern replaced from ``[names]``."""
    names = raw.get("names", {})
    kinds = raw.get("kind", {})
    for kind, rule in kinds.items():
        for condition in _conditions(rule):
            for key in ("name", "not_name"):
                if isinstance(condition.get(key), str):
                    condition[key] = _expand(condition[key], names, f"{source}: kind.{kind}")
            if isinstance(condition.get("matches"), dict):
                matches = condition["matches"].items()
                condition["matches"] = {
                    key: _expand(value, names, f"{source}: kind.{kind}") if isinstance(value, str) else value
                    for key, value in matches
                }
    return raw


def _conditions(rule: Any) -> Iterable[dict[str, Any]]:
    if isinstance(rule, dict):
        for key in ("any", "exclude"):
            yield from (part for part in rule.get(key, []) if isinstance(part, dict))


def _expand(pattern: str, names: dict[str, str], where: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        if match[1] not in names:
            raise LayerError(f"{where}: pattern ${match[1]} is not in [names]; add it there")
        text = names[match[1]]
        return f"(?i:{text[4:]})" if text.startswith("(?i)") else f"(?:{text})"

    return re.sub(r"\$([a-z_]+)", replacement, pattern)
