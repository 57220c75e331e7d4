"""Walk rules: which ways a child can walk along, as data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from cfspace.errors import LayerError

SHIPPED = {"cfspace": "walk.toml", "osmnx": "walk_osmnx.toml"}


class WalkRule(BaseModel):
    """One rule: whether to keep a way whose tags match."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: str
    keep: bool
    when: dict[str, str] = Field(min_length=1)
    unless: dict[str, str] = Field(default_factory=dict)

    @field_validator("when", "unless")
    @classmethod
    def _patterns_compile(cls, patterns: dict[str, str]) -> dict[str, str]:
        for key, pattern in patterns.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{key} = {pattern!r} is not a regular expression: {error}") from error
        return patterns

    def applies(self, tags: Mapping[str, str]) -> bool:
        """Tell whether every ``when`` matches and no ``unless`` does."""
        return all(_matches(tags, item) for item in self.when.items()) and not any(
            _matches(tags, item) for item in self.unless.items()
        )


def _matches(tags: Mapping[str, str], item: tuple[str, str]) -> bool:
    key, pattern = item
    return key in tags and re.search(pattern, tags[key]) is not None


class WalkRules(BaseModel):
    """A rule file: the first rule that applies to a way decides; else the way is kept.

    Where an extract is clipped, a way may lack vertices in its middle. Its pieces stay apart,
    unless the rules say `joins_gaps`: then a straight line is drawn from one to the next.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    source: str
    joins_gaps: bool = False
    rule: list[WalkRule]

    def keeps(self, tags: Mapping[str, str]) -> bool:
        """Tell whether a way with these tags can be walked.

        Examples
        --------
        >>> load_walk_rules("cfspace").keeps({"highway": "cycleway", "foot": "yes"})
        True
        >>> load_walk_rules("osmnx").keeps({"highway": "cycleway", "foot": "yes"})
        False
        """
        if "highway" not in tags:
            return False
        return next((rule.keep for rule in self.rule if rule.applies(tags)), True)

    def kept(self, tags: Iterable[Mapping[str, str]]) -> NDArray[np.bool_]:
        """Apply the rules to many ways; shape (n_ways,)."""
        asked = sorted({"highway"}.union(*(rule.when.keys() | rule.unless.keys() for rule in self.rule)))
        # Thousands of ways give the rules the same answers: each set of answers is judged once.
        answers = [tuple(map(one.get, asked)) for one in tags]
        known = {
            answer: self.keeps(
                {key: value for key, value in zip(asked, answer, strict=True) if value is not None}
            )
            for answer in dict.fromkeys(answers)
        }
        return np.array([known[answer] for answer in answers], bool)


def load_walk_rules(name: str | Path) -> WalkRules:
    """Load a shipped rule file (``cfspace`` or ``osmnx``) or one of the user's.

    Raises
    ------
    LayerError
        If there is no such file, or it is not a valid rule file.
    """
    if name in SHIPPED:
        text = resources.files("cfspace.network").joinpath(SHIPPED[str(name)]).read_text(encoding="utf-8")
    else:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except OSError as error:
            raise LayerError(
                f"walk_rules: {name} is neither a shipped rule set nor a readable file; "
                f"name one of {', '.join(SHIPPED)} or give the path of a rule file"
            ) from error
    try:
        rules = WalkRules.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise LayerError(f"walk_rules: {name}: {error}; see walk.toml for the form") from error
    return rules
