"""What the tags of an OSM object say it is: feature, building, land use, barrier or wall."""

from __future__ import annotations

from typing import Final

Tags = dict[str, str]

FEATURE_KEYS: Final = frozenset(
    {
        "amenity",
        "leisure",
        "healthcare",
        "shop",
        "tourism",
        "social_facility",
        "community_centre",
        "public_transport",
        "entrance",
        "changing_table",
        "baby_feeding",
        "office",
        "crossing",
        "kerb",
        "nursery",
        "playground",
        "barrier",
    }
)
"""An object with one of these may be a facility, an entrance or a crossing."""

FEATURE_VALUES: Final = {
    "highway": frozenset(
        {"bus_stop", "crossing", "traffic_signals", "pedestrian", "platform", "elevator", "street_lamp"}
    ),
    "railway": frozenset({"station", "halt", "subway_entrance", "tram_stop", "level_crossing", "crossing"}),
    "place": frozenset({"square"}),
    "landuse": frozenset({"recreation_ground", "village_green"}),
}
"""So may one with one of these values."""

LIFECYCLE_KEYS: Final = frozenset(
    prefix + key
    for prefix in ("disused:", "abandoned:")
    for key in FEATURE_KEYS | FEATURE_VALUES.keys() | {"building", "man_made"}
)
"""An object with one of these once was a feature."""

AREA_KEYS: Final = (
    "building",
    "landuse",
    "leisure",
    "amenity",
    "natural",
    "waterway",
    "boundary",
    "place",
    "healthcare",
    "tourism",
    "shop",
    "social_facility",
    "community_centre",
    "office",
    "railway",
    "public_transport",
    "highway",
)
"""Relations with one of these are put together to polygons."""

AREA_TYPES: Final = frozenset({"multipolygon", "boundary"})
"""Relations of these types are areas."""

LINE_KEYS: Final = ("highway", "railway", "waterway", "barrier")
"""Ways with one of these are looked at as lines, closed or not."""

POINT_KEYS: Final = FEATURE_KEYS | FEATURE_VALUES.keys() | LIFECYCLE_KEYS
"""No other node can be a feature."""

WALL_VALUES: Final = frozenset({"fence", "wall", "city_wall", "retaining_wall", "hedge", "guard_rail"})
RAIL_VALUES: Final = frozenset({"rail", "light_rail", "subway", "narrow_gauge", "funicular", "monorail"})
WATERWAY_VALUES: Final = frozenset({"river", "stream", "canal", "drain", "ditch", "tidal_channel"})
MOTORWAY_VALUES: Final = frozenset({"motorway", "motorway_link"})
CLOSED_OFF: Final = frozenset({"", "no"})

_CERTAIN_KEYS: Final = FEATURE_KEYS | LIFECYCLE_KEYS
_PERHAPS_KEYS: Final = frozenset(FEATURE_VALUES)
_LANDUSE_KEYS: Final = ("landuse", "natural", "leisure", "amenity")


def is_feature(tags: Tags) -> bool:
    """Tell whether an object may be a facility, an entrance or a crossing, or once was one.

    Examples
    --------
    >>> is_feature({"amenity": "library"}), is_feature({"natural": "tree"})
    (True, False)
    """
    if not _CERTAIN_KEYS.isdisjoint(tags):
        return True
    if _PERHAPS_KEYS.isdisjoint(tags):
        return False
    return any(tags.get(key) in values for key, values in FEATURE_VALUES.items())


def is_building(tags: Tags) -> bool:
    """Tell whether an area is a building."""
    return tags.get("building", "no") != "no"


def is_ground(tags: Tags) -> bool:
    """Tell whether a closed way that is a street stands for the ground inside it too.

    Examples
    --------
    >>> is_ground({"highway": "pedestrian", "place": "square"}), is_ground({"highway": "service"})
    (True, False)
    """
    return tags.get("area") == "yes" or tags.get("place") == "square"


def is_line(tags: Tags) -> bool:
    """Tell whether a way may be a barrier or a wall."""
    return (
        "railway" in tags
        or "waterway" in tags
        or tags.get("highway") in MOTORWAY_VALUES
        or tags.get("barrier") in WALL_VALUES
    )


def barrier_of(tags: Tags) -> str | None:
    """Name what a walker meets on the ground; over bridges, in tunnels and culverts nothing does.

    Examples
    --------
    >>> barrier_of({"waterway": "river"})
    'waterway'
    >>> barrier_of({"waterway": "stream", "tunnel": "culvert"}) is None
    True
    """
    if tags.get("bridge", "no") not in CLOSED_OFF or tags.get("tunnel", "no") not in CLOSED_OFF:
        return None
    if tags.get("railway") in RAIL_VALUES:
        return "railway"
    if tags.get("waterway") in WATERWAY_VALUES and tags.get("intermittent") != "yes":
        return "waterway"
    return "motorway" if tags.get("highway") in MOTORWAY_VALUES else None


def wall_of(tags: Tags) -> str | None:
    """Name the kind of fence or wall that a line is."""
    value = tags.get("barrier")
    return value if value in WALL_VALUES else None


def landuse_of(tags: Tags) -> str | None:
    """Name what the ground of an area is used for; None for buildings and where nothing says.

    Examples
    --------
    >>> landuse_of({"leisure": "park", "natural": "wood"})
    'wood'
    """
    if "building" in tags:
        return None
    for key in _LANDUSE_KEYS:
        if key in tags:
            return tags[key]
    return "water" if tags.get("waterway") == "riverbank" else None
