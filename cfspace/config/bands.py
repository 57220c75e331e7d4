"""Age bands: half-open years, as the design's vocabulary fixes them."""

from __future__ import annotations

from typing import Final

BAND_YEARS: Final[dict[str, tuple[int, int]]] = {
    "0_2": (0, 3),
    "3_5": (3, 6),
    "6_11": (6, 12),
    "12_14": (12, 15),
    "15_17": (15, 18),
}
"""Half-open years ``[from, to)`` of each age band, youngest first."""

BANDS: Final[tuple[str, ...]] = tuple(BAND_YEARS)
"""The age bands, youngest first."""
