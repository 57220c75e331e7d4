"""Fixtures of the facilities tests."""

from __future__ import annotations

import pytest

from cfspace.facilities.kinds import KindRules, load_kind_rules


@pytest.fixture(scope="session")
def rules() -> KindRules:
    return load_kind_rules()
