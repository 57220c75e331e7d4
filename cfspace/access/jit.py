"""Compiling kernels once, into the user's cache folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from cfspace.io.cache import KERNELS, user_cache_folder

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_SETTINGS: Any = numba.config  # numba sets its attributes as it starts

JIT: dict[str, Any] = {"cache": True, "nogil": True, "boundscheck": False, "error_model": "numpy"}
"""How kernels are compiled."""


def kernel_folder() -> Path:
    """Return where compiled kernels are kept: ``kernels`` in the cache folder of the user."""
    return user_cache_folder() / KERNELS


def are_compiled() -> bool:
    """Tell whether an earlier process has compiled kernels for this user."""
    folder = Path(_SETTINGS.CACHE_DIR) if _SETTINGS.CACHE_DIR else kernel_folder()
    return any(folder.rglob("*.nbi"))


def njit(**options: Any) -> Callable[[Kernel], Kernel]:
    """Compile as `numba.njit` does, and keep the result in the user's cache folder.

    NUMBA_CACHE_DIR, where it is set, says another place. Where neither can be written, numba
    looks for one itself.
    """

    def decorate(function: Kernel) -> Kernel:
        # numba asks for the folder once, when a function is decorated; its own setting is left
        # as it was, since other packages use it too.
        before = _SETTINGS.CACHE_DIR
        _SETTINGS.CACHE_DIR = before or str(kernel_folder())
        try:
            compiled: Kernel = numba.njit(**options)(function)
        finally:
            _SETTINGS.CACHE_DIR = before
        return compiled

    return decorate
