"""What a plan may change of a city, and one edit of it being carried out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from cfspace.config.kinds import KINDS
from cfspace.config.rulebook import Text
from cfspace.errors import Fault, ParameterError
from cfspace.indicators.words import say
from cfspace.io.frame import to_metric
from cfspace.planning import places
from cfspace.planning.edits import Attributes, CloseFacility, Place
from cfspace.planning.plan import Plan
from cfspace.planning.streets import StreetDraft
from cfspace.units import Units


@dataclass(frozen=True, eq=False, kw_only=True)
class Parts:
    """What a plan may change of a city; frames in its metric frame.

    Attributes
    ----------
    facilities, homes
        As `cfspace.runs.city.City` has them.
    features
        Objects of OSM in EPSG:4326, gates among them; None where there is no OSM.
    streets
        Its ways, being edited; None where no edit touches them.
    units
        To place what is new.
    weights
        What homes weigh.
    crs
        The metric frame.
    inside
        Where the study lies.
    extent
        Where the data ends.
    barriers
        Railways, waterways and motorways on the ground.
    kinds
        Kinds that the study or its rulebook speaks of.
    """

    facilities: gpd.GeoDataFrame
    homes: gpd.GeoDataFrame
    features: gpd.GeoDataFrame | None
    streets: StreetDraft | None
    units: Units
    weights: str
    crs: pyproj.CRS
    inside: shapely.Geometry
    extent: shapely.Geometry
    barriers: tuple[shapely.Geometry, ...] = ()
    kinds: frozenset[str] = frozenset(KINDS)


@dataclass(kw_only=True)
class Edited:
    """A city's parts after a plan, and what there is to say of it.

    Attributes
    ----------
    parts
        After all edits that could be carried out.
    faults
        What is wrong with the others.
    notes
        What a reader should know of edits that were carried out.
    drawn
        What there is to see of each edit: its number, its verb, and a shape in metres. A facility that moves
        is drawn where it was (``moved_from``) and where it is.
    """

    parts: Parts
    drawn: list[tuple[int, str, shapely.Geometry]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)


class Refused(Exception):  # noqa: N818 - `apply_plan` turns it into a fault
    """An edit cannot be carried out."""

    def __init__(self, key: str, found: str, remedy: str) -> None:
        super().__init__(found)
        self.key, self.found, self.remedy = key, found, remedy


@dataclass
class Step:
    """One edit being carried out."""

    plan: Plan
    number: int
    edited: Edited

    @property
    def parts(self) -> Parts:
        """What the edits so far have made of the city."""
        return self.edited.parts

    @property
    def streets(self) -> StreetDraft:
        """The streets, being edited."""
        if self.parts.streets is None:
            raise ParameterError("streets: the plan changes streets, and none were given; give a StreetDraft")
        return self.parts.streets

    def set(self, **changed: object) -> None:
        """Put other parts in the place of some."""
        self.edited.parts = replace(self.parts, **changed)  # type: ignore[arg-type]

    def note(self, *, en: str, zh: str) -> None:
        """Tell the reader something of this edit."""
        self.edited.notes.append(say(en=f"Edit {self.number}: {en}", zh=f"第{self.number}项：{zh}"))

    def draw(self, do: str, shape: shapely.Geometry) -> None:
        """Keep a shape in metres to be drawn as this edit's."""
        self.edited.drawn.append((self.number, do, shape))

    def draw_facility(self, do: str, own: str) -> None:
        """Keep the place of a facility to be drawn."""
        row = self.parts.facilities["facility_id"] == own
        self.draw(do, self.parts.facilities.geometry[row].representative_point().iloc[0])

    def xy(self, place: Place, key: str = "at") -> tuple[float, float]:
        """Return a place in metres; it must lie where the study has data."""
        lon_deg, lat_deg = self.plan.lon_lat(place)
        x_m, y_m = to_metric(self.parts.crs, np.array([lon_deg]), np.array([lat_deg]))
        point = (float(x_m[0]), float(y_m[0]))
        if not shapely.intersects(self.parts.extent, shapely.points(*point)):
            found = f"{list(place)} lies outside the data of the study"
            raise Refused(key, found, "check order (longitude, latitude) and datum")
        return point

    def gates(self, gates: tuple[Place, ...]) -> tuple[tuple[float, float], ...]:
        """Return gates in metres, as `xy` does."""
        return tuple(self.xy(gate, "gates") for gate in gates)

    def has_facility(self, own: str) -> None:
        """Refuse the edit where there is no facility of that id."""
        ids = self.parts.facilities["facility_id"]
        if not (ids == own).any():
            edits = self.plan.edits.items()
            closed = [n for n, one in edits if isinstance(one, CloseFacility) and one.facility == own]
            if closed and closed[0] < self.number:
                found = f"{own!r} is closed by edit {closed[0]}"
                raise Refused("facility", found, "leave one of the two edits out")
            tail = own.rsplit("/", 1)[-1]
            like = sorted(one for one in ids if one.rsplit("/", 1)[-1] == tail)[:3]
            hint = f"did you mean {', '.join(like)}?" if like else "facilities.parquet of a run lists them"
            raise Refused("facility", f"the study has no facility {own!r}", hint)

    def attributes(self, given: Attributes) -> None:
        """Refuse the edit where no facility has such an attribute, or its value is of another sort."""
        known = places.known_attributes(self.parts.facilities)
        for name, value in given.items():
            key = f"attributes, {name}"
            if name not in known:
                remedy = f"use one of {', '.join(sorted(known))}"
                raise Refused(key, "no facility has this attribute", remedy)
            wanted = places.wanted_value(self.parts.facilities, name, value)
            if wanted is not None:
                raise Refused(key, f"found {value!r}", f"give {wanted}")
