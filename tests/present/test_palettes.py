from __future__ import annotations

import math
from itertools import pairwise

import pytest

from cfspace.present.palettes import FAR, GOOD, SCORE_BREAKS, classes_of, contrast, luminance


@pytest.mark.parametrize("colours", [GOOD, FAR])
def test_grey_print_keeps_the_order(colours: tuple[str, ...]) -> None:
    # Darker by at least a fifth from class to class, so that a grey copy can still be read.
    assert all(luminance(dark) < 0.8 * luminance(light) for light, dark in pairwise(colours))


@pytest.mark.parametrize("colours", [GOOD, FAR])
def test_every_class_carries_black_or_white_text(colours: tuple[str, ...]) -> None:
    assert all(max(contrast(c, "#ffffff"), contrast(c, "#1d2733")) >= 4.5 for c in colours)


def test_classes_rise() -> None:
    assert list(SCORE_BREAKS) == sorted(SCORE_BREAKS)


def test_the_darkest_class_has_reached_the_goal() -> None:
    assert classes_of([0.5, 12.0], is_share=False, goal=4.0).breaks == (1.0, 2.0, 3.0, 4.0)


def test_where_less_is_better_dark_is_little() -> None:
    # Goal 0, nothing at 2: quarters of the way, and the lowest values darkest.
    classes = classes_of([0.5], is_share=False, goal=0.0, zero=2.0)
    assert classes.breaks == (0.5, 1.0, 1.5, 2.0)
    assert classes.colours == GOOD[::-1]


def test_without_a_goal_classes_are_round_numbers() -> None:
    # The largest value is 41; a fifth of it is 8.2, and the next round number 10.
    assert classes_of([3.0, 41.0, math.nan], is_share=False, goal=None).breaks == (10.0, 20.0, 30.0, 40.0)


def test_nothing_known_still_gives_classes() -> None:
    assert len(classes_of([math.nan], is_share=False, goal=None).breaks) == 4
