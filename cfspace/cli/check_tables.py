"""What ``cfspace check`` prints: faults and notes, or tables of layers, network and completeness."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cfspace.cli import console
from cfspace.cli.check_page import done_to
from cfspace.runs.datums import NOT_COMPARED

PIPE_WIDTH = 200


def print_findings(findings: dict[str, Any]) -> None:
    """Print what was found about a study, its faults first."""
    say = console.out.print
    say(findings["study"], markup=False)
    if findings["faults"]:
        say(f"{len(findings['faults'])} fault(s):", style="bold red")
        for fault in findings["faults"]:
            say(f"  - {fault}", markup=False)
        _print_notes(findings["warnings"])
        return
    _print_layers(findings["layers"])
    _print_network(findings["network"])
    say(f"homes: {findings['homes']['count']}, weighed by {findings['homes']['weights']}", markup=False)
    say("units: " + ", ".join(f"{n} {level}" for level, n in findings["units"].items()), markup=False)
    _print_completeness(findings["completeness"])
    _print_notes(findings["warnings"])
    say("no fault found", style="bold green")


def _print_notes(warnings: Iterable[str]) -> None:
    for warning in warnings:
        console.out.print(f"  note: {warning}", markup=False)


def _print_network(network: dict[str, Any]) -> None:
    console.out.print(
        f"network: {network['length_km']:.0f} km in {network['n_segments']} segments, "
        f"{network['n_components']} components (the longest holds {network['largest_share']:.1%}), "
        f"{network['n_islands']} islands, {network['n_dead_ends']} dead ends, "
        f"{network['n_near_misses']} near-misses",
        markup=False,
    )
    shares = ", ".join(f"{name} {share:.0%}" for name, share in network["known_shares"].items())
    console.out.print(f"street tags known, by length: {shares}", markup=False)


def _print_layers(layers: list[dict[str, Any]]) -> None:
    rows = [
        (
            layer["layer"],
            layer["file"],
            layer["rows"],
            layer["kept"],
            layer["dropped"],
            layer["declared"] or "",
            _fits_better(layer),
        )
        for layer in layers
    ]
    _print_table(
        ("layer", "file", "rows", "kept", "dropped", "datum", "fits better"), rows, numbers=(2, 3, 4)
    )
    if any(_fits_better(layer) == "?" for layer in layers):
        console.out.print(f"  ? datum taken as declared: {NOT_COMPARED}", markup=False)
    for layer in layers:
        for text in done_to(layer):
            console.out.print(f"  {layer['layer']} ({layer['file']}): {text}", markup=False)


def _fits_better(layer: dict[str, Any]) -> str:
    if layer["better"]:
        return f"{layer['better']}, {layer['offset_m']:.0f} m away"
    return "?" if layer["compared"] == NOT_COMPARED else ""


def _print_completeness(completeness: list[dict[str, Any]]) -> None:
    rows = [
        (
            row["kind"],
            row["count"],
            row["evidence"],
            row["n_osm"],
            row["n_municipal"],
            row["n_both"],
            _interval(row),
            *("" if row[name] is None else f"{row[name]:.0%}" for name in ("osm_share", "municipal_share")),
        )
        for row in completeness
    ]
    heads = ("kind", "count", "evidence", "OSM", "lists", "both", "estimate", "OSM holds", "lists hold")
    _print_table(heads, rows, numbers=(1, 3, 4, 5, 6, 7, 8))
    if any(row["is_reliable"] is False for row in completeness):
        console.out.print("  * fewer than 7 on both: not reliable", markup=False)


def _interval(row: dict[str, Any]) -> str:
    if row["estimate"] is None:
        return ""
    star = "" if row["is_reliable"] else " *"
    return f"{row['estimate']:.0f} ({row['low']:.0f}-{row['high']:.0f}){star}"


def _print_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Sequence[int]) -> None:
    """Print a table as wide as it needs to be in a pipe, as wide as the window on a terminal."""
    table = Table(box=box.SIMPLE)
    for i, head in enumerate(heads):
        table.add_column(head, overflow="fold", justify="right" if i in numbers else "left")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    out = console.out if console.out.is_terminal else Console(highlight=False, width=PIPE_WIDTH)
    out.print(table)
