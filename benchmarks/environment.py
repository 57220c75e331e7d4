"""What a job was measured with: the kind of machine, and versions. No names, no paths."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.peers import versions
from cfspace import __version__


def environment() -> dict[str, str]:
    """Return machine, system, Python and versions, as texts."""
    return {
        "measured": datetime.now(UTC).date().isoformat(),
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": _memory(),
        "system": f"{platform.system()}, {platform.machine()}",
        "Python": platform.python_version(),
        "cfspace": __version__,
        **versions(),
    }


def _processor() -> str:
    models = _values(Path("/proc/cpuinfo"), "model name")
    return models[0] if models else platform.processor() or "unknown"


def _memory() -> str:
    totals = _values(Path("/proc/meminfo"), "MemTotal")
    return f"{int(totals[0].split()[0]) / 2**20:.0f} GB" if totals else "unknown"


def _values(path: Path, key: str) -> list[str]:
    if not path.is_file():
        return []
    lines = (line.partition(":") for line in path.read_text(encoding="utf-8").splitlines())
    return [value.strip() for name, _, value in lines if name.strip() == key]
