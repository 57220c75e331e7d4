"""The folder of ``cfspace site``: tables, layers, a plan and a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cfspace.config.study import Study
from cfspace.io.atomic import atomic_folder
from cfspace.io.frame import to_lon_lat
from cfspace.planning.siting.ask import SiteOptions
from cfspace.planning.toml import plan_text
from cfspace.present.messages import catalogue
from cfspace.present.rundata import read_run
from cfspace.present.wording import kind_label
from cfspace.runs.candidates import Where
from cfspace.runs.files import versions, write_csv, write_json, write_layers
from cfspace.runs.plan_pages import draw_sites
from cfspace.runs.reusing import run_of
from cfspace.runs.siting import Sited, sited
from cfspace.runs.stages import Stages


def site(
    study: Study | str | Path,
    kinds: str | Sequence[str],
    out: str | Path | None = None,
    *,
    options: SiteOptions | None = None,
    where: Where | None = None,
    indicators: Mapping[str, str] | None = None,
    attributes: Mapping[str, Mapping[str, float | str | bool]] | None = None,
    base: str | Path | None = None,
    lang: str | None = None,
    jobs: int = 1,
    force: bool = False,
    stages: Stages | None = None,
) -> Sited:
    """Choose where the next places of a kind, or of several, help most children.

    Parameters
    ----------
    study
        A study, or the path of its file.
    kinds
        What is to be built.
    out
        Folder to write the sites into, all or nothing; None: nowhere.
    options
        How many, by which model, at what cost; see `SiteOptions`.
    where
        Candidates: a layer, places of a kind, or points along streets; see `Where`.
    indicators
        By kind, the indicator to go by; default: the first indicator of coverage that counts the kind.
    attributes
        By kind, what new ones will be like, such as ``{"park": {"area_m2": 6000}}``.
    base
        A finished run of the study; refused where it is not of this study as it is now.
    lang
        ``zh`` or ``en``; default: the study's.
    jobs
        Searches at a time; changes no byte of the tables.
    force
        Replace an earlier result.
    stages
        Told what is being done.

    Returns
    -------
    The sites, whom each serves, alternatives, and how sure the choice is.

    Raises
    ------
    StudyError
        If the study is at fault.
    ParameterError
        If no indicator counts such a place, no candidate is left, or no choice keeps all limits.
    RunError
        If `base` is not a finished run of this study as it is now.
    OutputError
        If the folder exists and `force` is not given.
    MissingExtraError
        If an exact model is asked for without the extra ``siting``.

    Examples
    --------
    >>> from cfspace.sample import sample_study
    >>> found = site(sample_study(), "childcare", options=SiteOptions(n=2))
    >>> found.result.sites[["site_id", "district_id"]].to_numpy().tolist()
    [['site-1', '220192'], ['site-2', '220192']]
    """
    asked = [kinds] if isinstance(kinds, str) else list(kinds)
    chosen = SiteOptions() if options is None else options

    if base is not None:
        read_run(Path(base))

    def choose() -> Sited:
        found = sited(
            study,
            asked,
            options=chosen,
            where=where,
            indicators=indicators,
            attributes=attributes,
            jobs=jobs,
            stages=stages,
        )
        if base is not None:
            run_of(Path(base), found.city.study, found.rulebook)
        return found

    if out is None:
        return choose()
    with atomic_folder(Path(out), force=force) as draft:
        found = choose()
        write_sited(found, draft, lang=lang or found.city.study.study.language)
    return found


def write_sited(found: Sited, folder: Path, *, lang: str) -> None:
    """Write everything that is told of chosen sites into a folder.

    ``sites.csv`` and ``sites.gpkg`` (layers ``sites``, ``alternatives``, ``candidates``),
    ``sites.html``, ``site_children.csv``, ``site_alternatives.csv``, ``site_homes.csv``,
    ``site_totals.csv``, ``plan.toml`` and ``site.json``.
    """
    result = found.result
    layers = {
        "sites": result.sites.to_crs(4326),
        "alternatives": result.alternatives.to_crs(4326),
        "candidates": found.candidates.to_crs(4326),
    }
    write_csv(_table(found, result.sites), folder / "sites.csv")
    write_csv(_table(found, result.alternatives), folder / "site_alternatives.csv")
    write_csv(result.children, folder / "site_children.csv")
    write_csv(result.claims, folder / "site_homes.csv")
    write_csv(result.totals, folder / "site_totals.csv")
    write_layers(layers, folder / "sites.gpkg")
    (folder / "plan.toml").write_text(plan_of(found, lang=lang), encoding="utf-8", newline="\n")
    html = draw_sites(found, lang=lang)
    (folder / "sites.html").write_text(html, encoding="utf-8", newline="\n")
    (folder / ".cfspace").write_text("site\n", encoding="utf-8", newline="\n")
    write_json(site_record(found, language=lang), folder / "site.json")


def _table(found: Sited, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    points = frame.geometry
    lon_deg, lat_deg = to_lon_lat(found.city.crs, points.x.to_numpy(float), points.y.to_numpy(float))
    return pd.DataFrame(frame.drop(columns="geometry")).assign(lon_deg=lon_deg, lat_deg=lat_deg)


def plan_of(found: Sited, *, lang: str) -> str:
    """Return the plan that builds the chosen sites, for ``cfspace scenario``."""
    say = catalogue(lang)
    sites = _table(found, found.result.sites)
    edits: list[dict[str, Any]] = []
    for row in sites.to_dict("records"):
        wish = next(one for one in found.wishes if one.kind == row["kind"])
        attributes = dict(wish.attributes)
        if np.isfinite(row["capacity"]):
            attributes["capacity"] = float(row["capacity"])
        edits.append(
            {
                "do": "add_facility",
                "kind": row["kind"],
                "id": row["site_id"],
                "name": row["name"] or f"{kind_label(say, row['kind'])} {row['site_id'].split('-')[1]}",
                "at": (float(row["lon_deg"]), float(row["lat_deg"])),
                "attributes": attributes or None,
            }
        )
    study = found.city.study.study.name
    kinds = say("list").join(kind_label(say, wish.kind) for wish in found.wishes)
    name = say("site.plan", study=study, n=len(edits), kinds=kinds)
    return plan_text(name, edits) if edits else ""


def site_record(found: Sited, *, language: str) -> dict[str, Any]:
    """Return what ``site.json`` holds: what was asked, how it was answered, and what is not known."""
    solution, problem = found.result.solution, found.options
    return {
        "cfspace": versions()["cfspace"],
        "language": language,
        "study": found.city.study.study.model_dump(mode="json"),
        "weights": found.city.weights,
        "model": solution.model,
        "n": problem.n,
        "budget": problem.budget,
        "spacing_m": problem.spacing_m,
        "limit_m": problem.limit_m,
        "preview": problem.preview,
        "kinds": [
            {
                "kind": wish.kind,
                "indicator": wish.rule.id,
                "within_m": dict(wish.serves),
                "attributes": dict(wish.attributes),
                "importance": problem.importance.get(wish.kind, 1.0),
            }
            for wish in found.wishes
        ],
        "candidates": len(found.candidates),
        "candidates_without_street": int((~found.candidates["has_foot"]).sum()),
        "value": solution.value,
        "bound": solution.bound if np.isfinite(solution.bound) else None,
        "gap": solution.gap if np.isfinite(solution.gap) else None,
        "is_exact": solution.is_exact,
        "children_added_by_tier": solution.by_tier.tolist(),
        "totals": found.result.totals.to_dict("records"),
        "notes": {
            lang: [catalogue(lang)(key, **_words(values, lang)) for key, values in found.notes]
            for lang in ("zh", "en")
        },
    }


def _words(values: Any, lang: str) -> dict[str, Any]:
    """Return values with kinds in words."""
    say = catalogue(lang)
    return {key: kind_label(say, value) if key == "kind" else value for key, value in values.items()}
