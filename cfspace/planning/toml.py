"""Plans written as TOML: what siting and links propose, for ``cfspace scenario``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def plan_text(name: str, edits: Sequence[Mapping[str, Any]], *, note: str = "") -> str:
    """Return a plan file with some edits.

    Parameters
    ----------
    name, note
        What the plan is called, and what is to be said of it.
    edits
        Plain values; keys whose value is None are left out.

    Examples
    --------
    >>> print(plan_text("Two", [{"do": "add_facility", "kind": "library", "at": (125.3, 43.9)}]))
    [plan]
    name = "Two"
    <BLANKLINE>
    [[edit]]
    do = "add_facility"
    kind = "library"
    at = [125.3, 43.9]
    <BLANKLINE>
    """
    head: dict[str, Any] = {"name": name, "note": note or None}
    blocks = [_block("[plan]", head), *(_block("[[edit]]", edit) for edit in edits)]
    return "\n".join(blocks)


def _block(title: str, values: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in values.items() if value is not None]
    return "\n".join([title, *lines, ""])


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    # Strings, numbers and truths of JSON are those of TOML, but for DEL, which JSON leaves as it is.
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
