"""Who is left out: children beyond the standard distance, by indicator, by area, by home."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cfspace.config.bands import BANDS
from cfspace.present.rundata import RunData
from cfspace.present.wording import rules_of

MOST_HOMES = 5000
"""Rows of the list of homes left out; the ones with the greatest weight stay."""


def weights_of(run: RunData, bands: tuple[str, ...] = BANDS) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return each home's weight over the bands.

    Where the weight is floor area it stands in every band's column, and a sum would count it again
    for each: then it is the mean.
    """
    columns = [f"children_{band}" for band in bands if f"children_{band}" in run.homes]
    if not columns:
        return np.ones(len(run.homes))
    table = np.nan_to_num(run.homes[columns].to_numpy(dtype=np.float64))
    return np.asarray(table.sum(axis=1) if run.are_children else table.mean(axis=1), dtype=np.float64)


def unit_weights(run: RunData, level: str) -> pd.Series[float]:
    """Return what each unit of a level weighs, by its id.

    That is its children from ``scores.csv``; where a study has no counts of children, the floor area or
    residents of the unit's homes, by which its shares were weighted.
    """
    scores = run.scores[run.scores["unit_level"] == level].set_index("unit_id")["children"]
    if scores.notna().any() or f"{level}_id" not in run.homes:
        return scores
    by_unit = pd.Series(weights_of(run)).groupby(run.homes[f"{level}_id"].to_numpy()).sum()
    return scores.index.to_series().map(by_unit).astype("float64")


def homes_left_out(run: RunData) -> pd.DataFrame:
    """Return homes beyond an indicator's full distance to its target, greatest weight first.

    Returns
    -------
    At most `MOST_HOMES` rows of `target, metres, full_m, weight, home_id, lon_deg, lat_deg` and a name
    per level; ``attrs["total"]`` is how many there are. Homes that were not measured are not listed.
    """
    homes = run.homes
    names = {level: dict(zip(u["unit_id"], u["unit_name"], strict=True)) for level, u in run.units.items()}
    parts = []
    for target, full_m, bands in _walks(run):
        metres = homes[f"m_{target}"].to_numpy(dtype=np.float64)
        weight = weights_of(run, bands)
        at = np.flatnonzero((metres > full_m) & (weight > 0))
        part = pd.DataFrame(
            {"target": target, "metres": metres[at], "full_m": full_m, "weight": weight[at], "at": at}
        )
        parts.append(
            part.sort_values(["weight", "at"], ascending=[False, True], kind="stable").head(MOST_HOMES)
        )
        parts[-1].attrs["n"] = len(at)
    total = sum(int(part.attrs["n"]) for part in parts)
    found = (
        pd.concat(parts, ignore_index=True)
        if parts
        else pd.DataFrame(columns=["target", "metres", "full_m", "weight", "at"])
    )
    found = found.sort_values(["weight", "target", "at"], ascending=[False, True, True], kind="stable").head(
        MOST_HOMES
    )
    rows = homes.iloc[found["at"].to_numpy(dtype=np.int64)]
    found = found.assign(home_id=rows["home_id"].astype(str).to_numpy(), lon_deg=rows.geometry.x.to_numpy())
    found["lat_deg"] = rows.geometry.y.to_numpy()
    for level, by_id in names.items():
        ids = rows[f"{level}_id"] if f"{level}_id" in rows else pd.Series("", index=rows.index)
        found[level] = [str(by_id.get(code, "")) for code in ids]
    found = found.drop(columns="at").reset_index(drop=True)
    found.attrs["total"] = total
    return found


def _walks(run: RunData) -> list[tuple[str, float, tuple[str, ...]]]:
    """Return target, full distance and bands of every indicator that walks to one target alone."""
    walks = []
    for rule in rules_of(run.rulebook):
        target, full_m = rule.get("target"), rule.get("full_m")
        if rule.get("measure") == "coverage" and target and full_m and f"m_{target}" in run.homes:
            who = rule.get("who") or []
            bands = (who,) if isinstance(who, str) and who in BANDS else tuple(b for b in who if b in BANDS)
            walks.append((str(target), float(full_m), bands or BANDS))
    return walks
