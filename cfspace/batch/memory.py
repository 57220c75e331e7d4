"""How much memory there is, and how much a process holds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

MB: Final = 2**20
KB_PER_MB: Final = 2**10
SPARED_SHARE: Final = 0.1
"""Of the machine's memory, what workers leave to everything else."""

_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def held_mb(pid: int) -> float | None:
    """Return the memory that a process holds now; None where it is gone or the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if Path("/proc/self/status").is_file():
        try:
            lines = status.read_text(encoding="ascii", errors="replace").splitlines()
        except OSError:
            return None
        held_kb = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), None)
        return None if held_kb is None else int(held_kb) / KB_PER_MB
    psutil = _psutil()
    if psutil is None:
        return None
    try:
        return float(psutil.Process(pid).memory_info().rss) / MB
    except psutil.Error:
        return None


def can_watch() -> bool:
    """Return whether the memory of another process can be seen on this system."""
    return held_mb(os.getpid()) is not None


def machine_mb() -> float | None:
    """Return the memory of this machine, or of the container we are in; None where nobody tells."""
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / MB)
    elif (psutil := _psutil()) is not None:
        found.append(psutil.virtual_memory().total / MB)
    if _GROUP_LIMIT.is_file() and (text := _GROUP_LIMIT.read_text(encoding="ascii").strip()).isdecimal():
        found.append(int(text) / MB)
    return min(found, default=None)


def _psutil() -> Any:
    """Return psutil where it is installed: Dask brings it along."""
    try:
        import psutil
    except ModuleNotFoundError:
        return None
    return psutil
