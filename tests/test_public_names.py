"""Every public name says what it is, what it takes, and what it gives."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import cfspace

CLASSES = [name for name in cfspace.__all__ if inspect.isclass(getattr(cfspace, name))]
FUNCTIONS = [name for name in cfspace.__all__ if callable(getattr(cfspace, name)) and name not in CLASSES]
AS_ELSEWHERE = re.compile(r"\bAs (?:for|in|`)")


def section(doc: str, title: str) -> str:
    """Return the text of one section of a docstring."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w, ]*\n-+\n|\Z)", doc, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def untold_parameters(function: Any) -> list[str]:
    """Return the parameters of a function that its docstring does not name."""
    doc = inspect.getdoc(function) or ""
    told = section(doc, "Parameters") + section(doc, "Parameters, raises")
    named = set(re.findall(r"\w+", " ".join(line for line in told.splitlines() if line[:1].strip())))
    asked = [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]
    return [] if AS_ELSEWHERE.search(told) else [name for name in asked if name not in named]


def members(owner: type) -> Iterator[tuple[str, Any]]:
    """Yield the public members that a class itself defines."""
    for name, value in vars(owner).items():
        is_member = isinstance(value, (property, cached_property, classmethod, staticmethod))
        if not name.startswith(("_", "model_")) and (is_member or inspect.isfunction(value)):
            yield name, value


def test_each_name_is_a_function_a_class_or_the_version() -> None:
    assert sorted({*FUNCTIONS, *CLASSES, "__version__"}) == sorted(cfspace.__all__)
    assert cfspace.__version__


@pytest.mark.parametrize("name", [*FUNCTIONS, *CLASSES])
def test_each_has_a_docstring_that_begins_with_a_sentence(name: str) -> None:
    doc = inspect.getdoc(getattr(cfspace, name)) or ""
    assert re.match(r"[A-Z`].*[.:](\n|$)", doc), doc[:80]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_parameter_and_answer_is_told(name: str) -> None:
    function = getattr(cfspace, name)
    doc = inspect.getdoc(function) or ""
    assert untold_parameters(function) == []
    first = doc.split("\n\n")[0]
    assert section(doc, "Returns") or first.startswith("Return"), "what it returns is not told"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_has_an_example(name: str) -> None:
    assert ">>> " in (inspect.getdoc(getattr(cfspace, name)) or "")


@pytest.mark.parametrize("name", CLASSES)
def test_each_attribute_and_method_of_a_class_is_told(name: str) -> None:
    owner = getattr(cfspace, name)
    doc = inspect.getdoc(owner) or ""
    untold = [member for member, value in members(owner) if not inspect.getdoc(value)]
    for member, value in members(owner):
        if inspect.isfunction(value):
            untold += [f"{member}: {one}" for one in untold_parameters(value)]
    fields = dataclasses.fields(owner) if dataclasses.is_dataclass(owner) else []
    untold += [one.name for one in fields if not re.search(rf"^[\w, ]*\b{one.name}\b", doc, re.MULTILINE)]
    fields_of_model = getattr(owner, "model_fields", {})
    untold += [one for one in fields_of_model if one not in doc]
    assert untold == []


def test_the_reference_shows_every_public_name(project: Path) -> None:
    text = (project / "docs" / "reference.md").read_text(encoding="utf-8")
    shown = re.findall(r"^::: cfspace\.(\w+)$", text, re.MULTILINE)
    assert sorted(shown) == sorted(set(cfspace.__all__) - {"__version__"})
