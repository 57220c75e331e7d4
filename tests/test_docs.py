"""The documentation tells of every key that a study file may have, and links to what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from cfspace.config.study import Study

LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def keys_of(model: type[BaseModel]) -> set[str]:
    """Return the keys of a model and of the models within it, as they are written in TOML."""
    keys = set()
    for name, field in model.model_fields.items():
        keys.add(field.alias or name)
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                keys |= keys_of(part)
    return keys


def test_every_key_of_a_study_is_documented(project: Path) -> None:
    text = (project / "docs" / "study-file.md").read_text(encoding="utf-8")
    spans = re.findall(r"`([^`]+)`", text.replace("```", ""))
    told = set(re.findall(r"[a-z_0-9]+", " ".join(spans)))
    assert sorted(keys_of(Study) - told) == []


@pytest.mark.parametrize("name", ["architecture.md", "sources.md", "study-file.md"])
def test_links_between_documents_lead_somewhere(project: Path, name: str) -> None:
    text = (project / "docs" / name).read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if not (project / "docs" / link).exists()] == []
