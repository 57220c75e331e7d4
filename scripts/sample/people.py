"""The people of the town: residents of every house, and their children by age band."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sample.frame import dice
from sample.homes import House
from sample.units import community_of

BANDS = ("0_2", "3_5", "6_11", "12_14", "15_17")
# Children of a band per resident; towers are young, villages are old.
SHARE = {"0_2": 0.020, "3_5": 0.025, "6_11": 0.055, "12_14": 0.026, "15_17": 0.024}
YOUTH = {"T": 1.25, "R": 1.05, "G": 1.1, "O": 0.85, "V": 0.7}
FLOOR_M2 = {"T": 44.0, "R": 40.0, "G": 40.0, "O": 36.0, "V": 34.0}
PER_HOUSEHOLD = 2.5


@dataclass(frozen=True)
class Household:
    """The people of one house."""

    house: House
    community: str
    residents: int
    children: dict[str, int]


@dataclass(frozen=True)
class Count:
    """The people of one unit."""

    residents: int
    households: int
    children: dict[str, int]


def settle(houses: Iterable[House]) -> list[Household]:
    """Return who lives in each house: residents follow its floor, children its kind; both with luck."""
    chance = dice("people")
    settled = []
    for house in houses:
        expected = house.floor_m2 / FLOOR_M2[house.use] * chance.uniform(0.85, 1.15)
        residents = _luck(expected, chance.random())
        share = YOUTH[house.use] * chance.uniform(0.8, 1.2)
        children = {band: _luck(residents * SHARE[band] * share, chance.random()) for band in BANDS}
        settled.append(Household(house, community_of(*house.spot), residents, children))
    return settled


def count(settled: Iterable[Household], unit: str) -> Count:
    """Return the people of a unit, whose code begins the codes of its communities."""
    here = [s for s in settled if s.community.startswith(unit)]
    residents = sum(s.residents for s in here)
    children = {band: sum(s.children[band] for s in here) for band in BANDS}
    return Count(residents, round(residents / PER_HOUSEHOLD), children)


def _luck(expected: float, dice_roll: float) -> int:
    """Round up as often as the rest says, so that sums stay right."""
    return int(expected) + (dice_roll < expected - int(expected))
