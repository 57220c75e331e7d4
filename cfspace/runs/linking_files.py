"""The folder of ``cfspace links``: ranked links, whom they help, and a plan of the best."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cfspace.config.study import Study
from cfspace.errors import ParameterError
from cfspace.io.atomic import atomic_folder
from cfspace.io.frame import to_lon_lat
from cfspace.planning.toml import plan_text
from cfspace.present.messages import catalogue
from cfspace.present.rundata import read_run
from cfspace.runs.files import versions, write_csv, write_json, write_layers
from cfspace.runs.linking import Linked, LinkOptions, linked
from cfspace.runs.plan_pages import draw_links
from cfspace.runs.reusing import run_of
from cfspace.runs.stages import Stages


def links(
    study: Study | str | Path,
    out: str | Path | None = None,
    *,
    options: LinkOptions | None = None,
    base: str | Path | None = None,
    lang: str | None = None,
    force: bool = False,
    stages: Stages | None = None,
) -> Linked:
    """Find missing links and rank them by the children they bring within reach, per metre built.

    Parameters
    ----------
    study
        A study, or the path of its file.
    out
        Folder to write into, all or nothing; None: nowhere.
    options
        Which links are looked at; see `LinkOptions`.
    base
        A finished run of the study; refused where it is not of this study as it is now.
    lang
        ``zh`` or ``en``; default: the study's.
    force
        Replace an earlier result.
    stages
        Told what is being done.

    Returns
    -------
    The links, the best first, and whom each helps.

    Raises
    ------
    StudyError
        If the study is at fault.
    RunError
        If `base` is not a finished run of this study as it is now.
    ParameterError
        If there is no such indicator, or a length makes no sense.
    OutputError
        If the folder exists and `force` is not given.

    Examples
    --------
    >>> from cfspace.sample import sample_study
    >>> found = links(sample_study()).links
    >>> found[["what", "over"]].head(2).to_numpy().tolist()
    [['gate', '松苑小区北门（封闭）'], ['bridge', 'waterway']]
    """
    chosen = options or LinkOptions()
    for name in ("longest_bridge_m", "longest_crossing_m"):
        if not 0 < getattr(chosen, name) <= 2000:
            raise ParameterError(f"links: {name} {getattr(chosen, name):g} must lie above 0, up to 2000 m")

    def find() -> Linked:
        found = linked(study, options=chosen, stages=stages)
        if base is not None:
            run_of(Path(base), found.city.study, found.rulebook)
        return found

    if base is not None:
        read_run(Path(base))
    if out is None:
        return find()
    with atomic_folder(Path(out), force=force) as draft:
        found = find()
        write_linked(found, draft, lang=lang or found.city.study.study.language)
    return found


def write_linked(found: Linked, folder: Path, *, lang: str) -> None:
    """Write everything that is told of links into a folder.

    ``links.csv``, ``links.gpkg``, ``link_children.csv``, ``plan.toml`` and ``links.json``.
    """
    write_csv(placed(found), folder / "links.csv")
    write_csv(found.gains, folder / "link_children.csv")
    if len(found.links):
        lines = found.links.drop(columns=["x_m", "y_m"]).to_crs(4326)
        write_layers({"links": lines}, folder / "links.gpkg")
        (folder / "plan.toml").write_text(plan_of(found, lang=lang), encoding="utf-8", newline="\n")
    html = draw_links(found, lang=lang)
    (folder / "links.html").write_text(html, encoding="utf-8", newline="\n")
    record = {
        "cfspace": versions()["cfspace"],
        "language": lang,
        "study": found.city.study.study.model_dump(mode="json"),
        "weights": found.city.weights,
        "indicators": [rule.id for rule in found.rules],
        "candidates": found.n_candidates,
        "links": len(found.links),
    }
    write_json(record, folder / "links.json")
    (folder / ".cfspace").write_text("links\n", encoding="utf-8", newline="\n")


def placed(found: Linked) -> pd.DataFrame:
    """Return the table of links, with longitude and latitude of where each passes its barrier."""
    x_m, y_m = (found.links[name].to_numpy(float) for name in ("x_m", "y_m"))
    lon_deg, lat_deg = to_lon_lat(found.city.crs, x_m, y_m)
    table = pd.DataFrame(found.links.drop(columns=["geometry", "x_m", "y_m"]))
    return table.assign(lon_deg=lon_deg, lat_deg=lat_deg)


def plan_of(found: Linked, *, lang: str) -> str:
    """Return a plan that makes the best link of each kind, for ``cfspace scenario``."""
    say = catalogue(lang)
    first = np.flatnonzero(~found.links["what"].duplicated())
    edits = [edit_of(found, int(place), lang=lang) for place in first]
    return plan_text(say("link.plan", study=found.city.study.study.name, n=len(edits)), edits)


def edit_of(found: Linked, place: int, *, lang: str) -> dict[str, Any]:
    """Return the edit of a plan that makes one link, by its row."""
    row = found.links.iloc[place]
    corners = np.array([*row["geometry"].coords, (row["x_m"], row["y_m"])], float)
    lon_deg, lat_deg = to_lon_lat(found.city.crs, corners[:, 0], corners[:, 1])
    *line, at = np.column_stack([lon_deg, lat_deg]).tolist()
    if row["what"] == "gate":
        return {"do": "open_gate", "at": at, "line": None if row["is_mapped"] else line}
    name = catalogue(lang)(f"link.{row['what']}")
    return {"do": f"add_{row['what']}", "id": row["link_id"], "name": name, "line": line}
