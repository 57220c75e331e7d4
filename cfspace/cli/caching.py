"""``cfspace cache``: what earlier runs have kept of their inputs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from cfspace.cli import console

if TYPE_CHECKING:
    from cfspace.io.cache import Cache

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def show_cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything kept.")] = False,
) -> None:
    """Show what earlier runs have kept of their inputs, or remove it."""
    from cfspace.io.cache import user_cache

    if clear:
        clear_cache(user_cache())
    else:
        list_cache(user_cache())


def list_cache(cache: Cache) -> None:
    """Print every entry: what it is, how large, how old."""
    from rich.table import Table

    entries, places = cache.entries(), cache.places()
    for name, n_bytes in places:
        console.out.print(f"downloaded: {name}, {size(n_bytes)}", markup=False)
    if not entries:
        console.out.print(f"{cache.folder}: nothing kept", markup=False)
        return
    table = Table()
    for column in ("what", "made from", "size", "made", "last used"):
        table.add_column(column, overflow="fold")
    now = time.time()
    for entry in entries:
        ages = (f"{age(now - then)} ago" for then in (entry.made_s, entry.used_s))
        table.add_row(entry.kind, entry.source, size(entry.size_bytes), *ages)
    console.out.print(table)
    console.out.print(f"{cache.folder}: {told(cache)}", markup=False)


def clear_cache(cache: Cache) -> None:
    """Remove everything kept and say how much that was."""
    what = told(cache)
    cache.clear()
    console.out.print(f"{cache.folder}: removed {what}", markup=False)


def told(cache: Cache) -> str:
    """Return number and size of what is kept, in words."""
    entries = cache.entries()
    total = size(sum(entry.size_bytes for entry in entries))
    return f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}, {total}"


def size(n_bytes: int) -> str:
    """Return a size for people.

    Examples
    --------
    >>> size(12_345_678), size(999)
    ('12.3 MB', '0.0 MB')
    """
    return f"{n_bytes / 1e6:.1f} MB"


def age(seconds: float) -> str:
    """Return an age for people.

    Examples
    --------
    >>> age(20), age(7300), age(200_000)
    ('0 min', '2 h', '2 d')
    """
    whole, unit = next(((s, name) for s, name in UNITS if seconds >= s), UNITS[-1])
    return f"{int(max(seconds, 0) // whole)} {unit}"
