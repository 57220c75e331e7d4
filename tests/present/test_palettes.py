from __future__ import annotations

import math
import re
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from cfspace.present.offline import page_file
from cfspace.present.palettes import (
    CHANGED,
    FAR,
    GOOD,
    HATCH_GROUND,
    HATCH_LINE,
    PLANNED,
    SCORE_BREAKS,
    classes_of,
    contrast,
    luminance,
)
from cfspace.present.points import GROUPS

# Machado, Oliveira & Fernandes (2009), severity 1.0, for linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# IEC 61966-2-1: linear sRGB to XYZ, D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

LEAST_BETWEEN_CLASSES = 15.0
"""CIE 1976 delta E of neighbours; about 2.3 can just be told apart side by side, a map needs far more."""
LEAST_SEEN_THROUGH = 11.0
LEAST_TO_NO_DATA = 12.0
LEAST_BETWEEN_GROUPS = 15.0


def lab(colour: str, eye: str) -> NDArray[np.float64]:
    """CIE Lab of a colour as an eye sees it."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    part = TO_XYZ @ np.clip(EYES[eye] @ linear, 0.0, 1.0) / TO_XYZ.sum(axis=1)
    f = np.where(part > (6 / 29) ** 3, np.cbrt(part), part / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def delta_e(one: str, other: str, eye: str) -> float:
    return float(np.linalg.norm(lab(one, eye) - lab(other, eye)))


def test_delta_e_by_hand() -> None:
    # White is L 100 and black L 0; pure red is Lab 53.24, 80.09, 67.20; red-blind, red and green come near.
    assert delta_e("#ffffff", "#000000", "normal") == pytest.approx(100.0, abs=1e-9)
    assert lab("#ff0000", "normal") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert delta_e("#b2182b", "#3c5a1e", "protanopia") < 0.5 * delta_e("#b2182b", "#3c5a1e", "normal")


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colours", [GOOD, FAR])
def test_every_eye_tells_classes_apart(colours: tuple[str, ...], eye: str) -> None:
    assert min(delta_e(one, other, eye) for one, other in combinations(colours, 2)) >= LEAST_BETWEEN_CLASSES


@pytest.mark.parametrize("eye", EYES)
def test_no_data_is_near_no_class_for_any_eye(eye: str) -> None:
    unknown = re.search(r'cf\.UNKNOWN = "(#\w{6})"', page_file("paint.js"))
    assert unknown
    greys = (HATCH_GROUND, HATCH_LINE, unknown[1])
    assert min(delta_e(grey, c, eye) for grey in greys for c in (*GOOD, *FAR)) >= LEAST_TO_NO_DATA


def over_ground(colour: str, fill: float) -> str:
    ground = "#f3f2ee"
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(fill * top + (1 - fill) * under):02x}" for top, under in pairs)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colours", [GOOD, FAR])
def test_classes_stay_apart_where_streets_shine_through(colours: tuple[str, ...], eye: str) -> None:
    found = re.search(r"fill = zoom .*;", page_file("units.js"))
    assert found
    faintest = min(float(one) for one in re.findall(r"0\.\d+", found[0]))
    seen = [over_ground(colour, faintest) for colour in colours]
    assert min(delta_e(one, other, eye) for one, other in combinations(seen, 2)) >= LEAST_SEEN_THROUGH


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_tells_groups_of_facilities_apart(eye: str) -> None:
    colours = [colour for colour, _ in GROUPS.values()]
    assert min(delta_e(one, other, eye) for one, other in combinations(colours, 2)) >= LEAST_BETWEEN_GROUPS
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in colours)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("colours", [PLANNED, CHANGED], ids=["planned", "changed"])
def test_every_eye_tells_what_a_plan_does_apart(colours: dict[str, str], eye: str) -> None:
    pairs = combinations(colours.values(), 2)
    assert min(delta_e(one, other, eye) for one, other in pairs) >= LEAST_BETWEEN_GROUPS


@pytest.mark.parametrize("name", ["plan.js", "plan.css", "change.js"])
def test_pages_of_plans_take_these_colours_from_the_palette(name: str) -> None:
    own = {*PLANNED.values(), *CHANGED.values()} - {CHANGED["gains"], CHANGED["loses"]}
    assert not own & set(re.findall(r"#\w{6}", page_file(name)))


@pytest.mark.parametrize("name", ["paint.js", "map.css", "report.css"])
def test_the_page_hatches_with_the_same_greys(name: str) -> None:
    text = page_file(name)
    assert HATCH_GROUND in text
    assert HATCH_LINE in text


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
