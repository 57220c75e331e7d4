from __future__ import annotations

import jinja2
import pytest

from cfspace.present.templates import page_template, sheet_template


def test_a_word_that_is_missing_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        page_template("plan.html.j2").render()


def test_a_number_without_its_wording_is_an_error() -> None:
    with pytest.raises(jinja2.TemplateAssertionError, match=r"'(count|percent|score)'"):
        sheet_template("report.html.j2")
