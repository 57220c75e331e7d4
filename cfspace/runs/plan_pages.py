"""The pages of ``cfspace site`` and ``cfspace links``: what is proposed, on a map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np

from cfspace.present.messages import Catalogue, catalogue
from cfspace.present.planmap import PlanPage, draw_plan_page
from cfspace.present.wording import kind_label, metres, number, percent
from cfspace.runs.provenance import licences

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cfspace.runs.city import City
    from cfspace.runs.linking import Linked
    from cfspace.runs.siting import Sited


def draw_sites(found: Sited, *, lang: str) -> str:
    """Return ``sites.html`` of chosen sites."""
    say, result = catalogue(lang), found.result
    kinds = say("list").join(kind_label(say, wish.kind) for wish in found.wishes)
    sums = result.totals[["served_before", "served_after", "children"]].sum()
    subtitle = say(
        "site.subtitle",
        model=say(f"site.model.{result.solution.model}"),
        before=number(say, float(sums["served_before"])),
        after=number(say, float(sums["served_after"])),
        all=number(say, float(sums["children"])),
        weights=say(f"weights.{found.city.weights}"),
        proof=_proof(found, say),
    )
    rows = [
        [
            str(place),
            kind_label(say, row["kind"]),
            row["name"] or _unit_name(found, row),
            f"+{number(say, row['children_added'])}",
            number(say, row["children_within"]),
        ]
        for place, row in enumerate(result.sites.to_dict("records"), start=1)
    ]
    page = PlanPage(
        title=say("site.title", study=found.city.study.study.name, kinds=kinds),
        subtitle=subtitle,
        proposals=result.sites.to_crs(4326),
        popups=[_site_popup(found, row, n, say) for n, row in enumerate(result.sites.to_dict("records"), 1)],
        homes=found.ground.homes[["geometry"]].to_crs(4326),
        states=_site_states(found).tolist(),
        others=result.alternatives.geometry.to_crs(4326),
        places=found.ground.places.geometry.to_crs(4326),
        head=[say(f"site.{key}") for key in ("no", "kind", "name", "added", "within")],
        rows=rows,
        notes=[say(key, **_in_words(values, say)) for key, values in found.notes],
        legend={key: say(f"site.{key}") for key in ("new", "left", "there", "other")},
        **_backdrop(found.city),
    )
    return draw_plan_page(page, say, name="sites.html")


def _unit_name(found: Sited, row: Any) -> str:
    """Return the name of the finest unit that a site lies in."""
    level = found.ground.levels[-1]
    units = found.city.units.frames[level]
    own = units.loc[units["unit_id"] == row[f"{level}_id"], "unit_name"]
    return str(own.iloc[0]) if len(own) else str(row["candidate_id"])


def _proof(found: Sited, say: Catalogue) -> str:
    solution = found.result.solution
    if solution.is_exact:
        return say("site.proven")
    if not np.isfinite(solution.gap):
        return say("site.gap_unknown")
    return say("site.gap", gap=percent(say, solution.gap, digits=2))


def _site_popup(found: Sited, row: Any, place: int, say: Catalogue) -> str:
    wish = next(one for one in found.wishes if one.kind == row["kind"])
    return say(
        "site.popup",
        no=place,
        kind=kind_label(say, row["kind"]),
        added=number(say, row["children_added"]),
        metres=metres(say, wish.full_m),
        only=number(say, row["children_only_here"]),
    )


def _site_states(found: Sited) -> NDArray[np.int64]:
    """Return, by home, whether it is newly reached (1), left out (2), or neither (0)."""
    homes = found.ground.homes
    states = np.zeros(len(homes), np.int64)
    for wish in found.wishes:
        for ways, bands in wish.groups().items():
            asks = homes[[f"children_{band}" for band in bands]].to_numpy(float).sum(axis=1) > 0
            walks = np.array([homes[f"m_{way.target}"].to_numpy(float) for way in ways])
            full = np.array([[way.full_m] for way in ways])
            beyond = ~(walks <= full).any(axis=0) & ~np.isnan(walks).all(axis=0)
            states[asks & beyond] = 2
    states[homes["home_id"].isin(found.result.claims["home_id"]).to_numpy()] = 1
    return states


def _in_words(values: Any, say: Catalogue) -> dict[str, Any]:
    return {key: kind_label(say, value) if key == "kind" else value for key, value in values.items()}


def draw_links(found: Linked, *, lang: str) -> str:
    """Return ``links.html`` of ranked links."""
    say = catalogue(lang)
    table = found.links.to_dict("records")
    rows = [
        [
            str(place),
            say(f"link.{row['what']}"),
            _over(row, say),
            metres(say, row["length_m"]),
            f"+{number(say, row['children'])}",
            number(say, row["children_per_m"], digits=1),
        ]
        for place, row in enumerate(table, start=1)
    ]
    heads = ("what", "over", "length", "gain", "per_m")
    weights = say(f"weights.{found.city.weights}")
    newly = set(found.helped)
    notes = [say("link.note")]
    if found.city.weights != "children":
        notes.append(say(f"about.weights.{found.city.weights}"))
    page = PlanPage(
        title=say("link.title", study=found.city.study.study.name),
        subtitle=say("link.subtitle", weights=weights, n=sum(found.n_candidates.values())),
        proposals=found.links.to_crs(4326),
        popups=[
            say(
                "link.popup",
                no=place,
                what=say(f"link.{row['what']}"),
                over=_over(row, say),
                metres=metres(say, row["length_m"]),
                gain=number(say, row["children"]),
            )
            for place, row in enumerate(table, start=1)
        ],
        homes=found.city.homes[["geometry"]].to_crs(4326),
        states=[int(home in newly) for home in range(len(found.city.homes))],
        head=[say("site.no"), *(say(f"link.{key}") for key in heads)],
        rows=rows,
        notes=notes,
        legend={"new": say("site.new")},
        **_backdrop(found.city),
    )
    return draw_plan_page(page, say, name="links.html")


def _over(row: Any, say: Catalogue) -> str:
    return say(f"link.over.{row['over']}", default=row["over"]) if row["over"] else ""


def _backdrop(city: City) -> dict[str, Any]:
    network = city.network
    streets = gpd.GeoSeries(network.lines, crs=city.crs).to_crs(4326)
    units = city.units.frames[city.units.levels[0]].geometry.to_crs(4326)
    return {"streets": streets, "units": units, "licences": [" · ".join(licences(city.study))]}
