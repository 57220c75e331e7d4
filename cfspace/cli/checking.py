"""``cfspace check``: every input looked at before any computing."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rich.table import Table

from cfspace.cli import console
from cfspace.runs.examining import examine

SHOWN_REASONS = 4


def check_study(study: Path, *, as_json: bool) -> int:
    """Print what is right and wrong with a study; return 0, or 2 if a fault is fatal."""
    findings = examine(study)
    if as_json:
        console.out.print(json.dumps(findings, ensure_ascii=False, indent=1), markup=False)
    else:
        _print_page(findings)
    return 2 if findings["faults"] else 0


def _print_page(findings: dict[str, Any]) -> None:
    say = console.out.print
    say(findings["study"], markup=False)
    for fault in findings["faults"]:
        say(f"  fault: {fault}", markup=False)
    if findings["faults"]:
        return
    _print_layers(findings["layers"])
    network = findings["network"]
    say(
        f"network: {network['length_km']:.0f} km in {network['n_segments']} segments, "
        f"{network['n_components']} components (the longest holds {network['largest_share']:.1%}), "
        f"{network['n_islands']} islands, {network['n_dead_ends']} dead ends, "
        f"{network['n_near_misses']} near-misses",
        markup=False,
    )
    shares = ", ".join(f"{name} {share:.0%}" for name, share in network["known_shares"].items())
    say(f"known of the street length: {shares}", markup=False)
    say(f"homes: {findings['homes']['count']}, weighed by {findings['homes']['weights']}", markup=False)
    say("units: " + ", ".join(f"{n} {level}" for level, n in findings["units"].items()), markup=False)
    kinds = ", ".join(f"{row['kind']} {row['count']} ({row['evidence']})" for row in findings["completeness"])
    say(f"facilities: {kinds}", markup=False)
    for warning in findings["warnings"]:
        say(f"  note: {warning}", markup=False)
    say("no fault found", markup=False)


def _print_layers(layers: list[dict[str, Any]]) -> None:
    if not layers:
        return
    table = Table()
    for column in ("layer", "file", "rows", "kept", "dropped", "datum", "what was done"):
        table.add_column(column, overflow="fold")
    for layer in layers:
        reasons = Counter(row["reason"] for row in layer["dropped_rows"])
        repairs = Counter(row["what"] for row in layer["repaired"])
        done = [f"{n} left out: {reason}" for reason, n in reasons.most_common(SHOWN_REASONS)]
        done += [f"{n} repaired: {what}" for what, n in repairs.most_common(SHOWN_REASONS)]
        cells = (
            layer["layer"],
            layer["file"],
            layer["rows"],
            layer["kept"],
            layer["dropped"],
            f"{layer['declared'] or ''}{' !' if layer['better'] else ''}",
        )
        table.add_row(*(str(cell) for cell in cells), "; ".join([*done, *layer["notes"]]))
    console.out.print(table)
