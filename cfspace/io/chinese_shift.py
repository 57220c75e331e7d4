"""Where Chinese web maps shift coordinates: an explicit region rule.

GCJ-02 and BD-09 hold in mainland China alone. The outline here is drawn by hand, coarse and
on the generous side: at sea up to a hundred kilometres outside the coast, on land up to some twenty
kilometres beyond the border, since a layer there that says it is GCJ-02 is a Chinese one. Only along
Hong Kong and Macau, where both sides are cities, does it follow the border closely.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

_Ring = tuple[tuple[float, float], ...]

_BORDER_MARGIN_DEG: Final = 0.15

# Longitude and latitude in degrees, clockwise from the north; drawn for this project.
_MAINLAND: Final[_Ring] = (
    (121.2, 53.3), (122.4, 53.5), (123.6, 53.55), (124.9, 53.2), (125.8, 53.0), (126.6, 52.3), (127.0, 51.4),
    (127.6, 50.2), (127.7, 49.8), (129.1, 49.4), (130.2, 48.9), (130.8, 48.4), (131.1, 47.7), (132.5, 47.75),
    (133.1, 48.1), (134.8, 48.4), (134.8, 47.7), (134.2, 47.2), (133.9, 46.2), (133.4, 45.5), (133.1, 45.1),
    (132.0, 45.2), (131.1, 44.8), (131.3, 44.0), (131.3, 43.4), (131.1, 42.9), (130.6, 42.4), (130.1, 42.9),
    (129.8, 42.6), (129.3, 42.3), (128.9, 42.0), (128.2, 42.0), (128.2, 41.4), (127.3, 41.5), (126.9, 41.8),
    (126.5, 41.4), (126.0, 40.9), (125.0, 40.5), (124.4, 40.05), (124.0, 39.5), (123.5, 38.5), (123.0, 36.5),
    (122.8, 33.0), (123.5, 30.8), (123.0, 28.5), (121.2, 26.8), (120.4, 25.6), (119.0, 23.9), (117.0, 22.3),
    (114.0, 21.5), (112.5, 20.8), (111.5, 18.9), (109.5, 17.7), (108.3, 18.5), (107.9, 20.0), (108.0, 21.5),
    (106.8, 22.0), (106.7, 22.8), (105.3, 23.3), (103.9, 22.5), (102.5, 22.7), (101.8, 22.3), (101.7, 21.2),
    (100.2, 21.5), (99.2, 22.1), (99.4, 22.9), (97.6, 23.9), (97.6, 24.8), (98.6, 25.9), (98.6, 27.5),
    (97.4, 28.3), (95.4, 29.1), (94.2, 29.0), (92.1, 27.7), (91.3, 28.0), (89.7, 28.2), (88.9, 27.4),
    (88.1, 27.9), (86.0, 27.95), (85.1, 28.3), (83.9, 29.3), (81.0, 30.2), (78.9, 31.3), (78.8, 32.5),
    (79.2, 33.3), (78.1, 34.6), (77.8, 35.5), (76.0, 36.0), (74.9, 37.2), (74.8, 38.4), (73.7, 39.1),
    (73.8, 39.8), (74.8, 40.4), (76.5, 40.5), (78.2, 41.2), (80.2, 42.1), (80.4, 43.2), (80.0, 44.9),
    (82.4, 45.2), (83.0, 47.1), (85.5, 47.1), (85.8, 48.4), (87.0, 49.1), (87.8, 49.1), (88.6, 48.2),
    (90.0, 47.8), (90.9, 46.9), (90.8, 45.4), (93.5, 44.9), (95.3, 44.1), (96.4, 42.75), (100.3, 42.6),
    (101.8, 42.4), (105.0, 41.6), (107.5, 42.4), (109.3, 42.4), (111.9, 43.7), (111.7, 44.4), (112.0, 45.0),
    (113.6, 44.8), (114.5, 45.4), (116.2, 45.7), (117.4, 46.4), (119.7, 46.6), (119.8, 47.1), (118.5, 47.9),
    (117.7, 47.7), (115.6, 47.8), (116.7, 49.8), (117.8, 49.5), (119.3, 50.1), (119.3, 50.6), (120.1, 51.7),
    (120.7, 52.6), (120.1, 52.8),
)  # fmt: skip

_HONG_KONG: Final[_Ring] = (
    (113.83, 22.14), (113.85, 22.40), (113.93, 22.46), (113.98, 22.492), (114.03, 22.505), (114.055, 22.5015),
    (114.068, 22.5145), (114.080, 22.5125), (114.090, 22.5235), (114.1030, 22.5275), (114.1110, 22.5287),
    (114.1145, 22.5297), (114.1165, 22.5308), (114.130, 22.5370), (114.150, 22.5415), (114.158, 22.5535),
    (114.170, 22.5585), (114.177, 22.5548), (114.181, 22.5536), (114.190, 22.5540), (114.205, 22.5545),
    (114.2235, 22.5465), (114.2252, 22.5455), (114.2275, 22.5420), (114.2310, 22.5435), (114.30, 22.550),
    (114.44, 22.555), (114.445, 22.49), (114.50, 22.42), (114.51, 22.14),
)  # fmt: skip

_MACAU: Final[_Ring] = (
    (113.5300, 22.185), (113.5305, 22.200), (113.5345, 22.2125), (113.5400, 22.2150), (113.5490, 22.2165),
    (113.5560, 22.2150), (113.60, 22.215), (113.60, 22.08), (113.553, 22.08), (113.5510, 22.13),
    (113.5510, 22.145), (113.5420, 22.165),
)  # fmt: skip

_TAIWAN: Final[tuple[_Ring, ...]] = (
    ((119.2, 23.0), (119.2, 23.9), (120.9, 25.5), (123.0, 25.8), (123.0, 21.5), (120.0, 21.5)),
    ((118.205, 24.37), (118.22, 24.46), (118.30, 24.55), (118.52, 24.55), (118.52, 24.37)),
    ((119.88, 25.92), (119.88, 26.28), (120.1, 26.45), (120.6, 26.45), (120.6, 25.92)),
)


@cache
def _shifted_region() -> shapely.Geometry:
    mainland = shapely.Polygon(_MAINLAND).buffer(_BORDER_MARGIN_DEG)
    apart = shapely.union_all([shapely.Polygon(ring) for ring in (_HONG_KONG, _MACAU, *_TAIWAN)])
    region = shapely.difference(mainland, apart)
    shapely.prepare(region)
    return region


def is_shifted(lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which WGS-84 points lie where Chinese web maps are shifted: mainland China with Hainan.

    Parameters
    ----------
    lon_deg, lat_deg
        WGS-84 degrees, arrays of one shape. NaN lies nowhere.

    Returns
    -------
    Booleans of the same shape; false in Hong Kong, Macau, Taiwan and outside China.

    Examples
    --------
    Changchun, Hong Kong, Taipei, Seoul:

    >>> is_shifted(np.array([125.32, 114.17, 121.56, 126.98]), np.array([43.88, 22.28, 25.04, 37.57]))
    array([ True, False, False, False])
    """
    return np.asarray(shapely.contains_xy(_shifted_region(), lon_deg, lat_deg), dtype=np.bool_)
